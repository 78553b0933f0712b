"""Why a carrier gives up no credential: it is damaged, which its sender should hear, or there is none in it."""


class Damaged(Exception):
    """The carrier cannot be read, for a reason its sender should hear."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class Empty(Exception):
    """The carrier is in order and holds no credential: a logo, a page, some other JSON."""

    def __init__(self, what: str, remedy: str = "Send the badge file itself, as the issuer gave it to you.") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
