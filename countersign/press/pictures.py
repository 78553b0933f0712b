"""Pictures: drawings that are worked out once, and QR codes that WeasyPrint places and we draw, `<img src="qr:https://…" alt="…">`.

ISO/IEC 18004, error correction M. Any of the eight masks reads the same. Which of them reads best is what most of the time of making a code
goes into, so it is always the same one, and a test reads the codes back. The white edge that readers need is left to the page.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import segno

from countersign.press.insides import SVGImage
from countersign.press.marking import QR

INK = "0.109804 0.14902 0.133333"
"""The color of text, in PDF's RGB."""
MASK = 3
SEED = "a"
"""What stands in every place of the address whose code others are made from: a small letter, so that all are in byte mode."""


class QrCode:
    """A QR code as WeasyPrint's images are: it knows its size, and draws itself into a stream of PDF operators."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get_intrinsic_size(self, _resolution: Any, _font_size: Any) -> tuple[float, float, float]:
        return 100, 100, 1

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Draw the code `width` by `height`, from the origin on."""
        stream.stream.append(operators(self.address, width, height))


class Drawing:
    """One of WeasyPrint's SVG pictures, whose operators are worked out once for each size: guilloches have thousands."""

    def __init__(self, image: Any) -> None:
        self._image = image
        self._drawn: dict[tuple[float, float], tuple[tuple[Any, ...], dict[str, Any]] | None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._image, name)

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        size = (width, height)
        if size not in self._drawn:
            self._drawn[size] = self._recorded(stream, width, height, style)
            return
        drawn = self._drawn[size]
        if drawn is None:
            self._image.draw(stream, width, height, style)
            return
        operators, states = drawn
        stream.stream.extend(operators)
        for name, state in states.items():
            stream._resources["ExtGState"].setdefault(name, state)

    def _recorded(
        self, stream: Any, width: float, height: float, style: Any
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Draw, and give back what was drawn; None when it rests on more than operators and opacities."""
        resources, start = stream._resources, len(stream.stream)
        before = {kind: len(resources.get(kind, ())) for kind in _RESOURCES}
        stream._current_color = stream._current_color_stroke = None  # each color is said, whatever was drawn before
        stream._current_alpha = stream._current_alpha_stroke = None
        self._image.draw(stream, width, height, style)
        operators = tuple(stream.stream[start:])
        names = [one.split()[0].decode()[1:] for one in operators if isinstance(one, bytes) and one.endswith(b" gs")]
        same = all(len(resources.get(kind, ())) == before[kind] for kind in _RESOURCES)
        if not same or b"BT" in operators or any(name[0] not in "aA" for name in names):
            return None
        return operators, {name: resources["ExtGState"][name] for name in names}


_RESOURCES = ("XObject", "Pattern", "Shading")


class Pictures(dict[str, Any]):
    """WeasyPrint's pictures by address, for one page. QR codes are made when they are asked for; drawings are shared between pages."""

    def __init__(self, drawings: "dict[str, Drawing] | None" = None) -> None:
        super().__init__()
        self._drawings = drawings

    def __contains__(self, url: object) -> bool:
        return super().__contains__(url) or (
            isinstance(url, str) and (url.startswith(QR) or url in (self._drawings or ()))
        )

    def __setitem__(self, url: str, image: Any) -> None:
        if self._drawings is not None and isinstance(image, SVGImage):
            self._drawings[url] = Drawing(image)
        super().__setitem__(url, image)

    def __missing__(self, url: str) -> Any:
        if self._drawings is not None and url in self._drawings:
            return self._drawings[url]
        if not url.startswith(QR):
            raise KeyError(url)
        return QrCode(unquote(url.removeprefix(QR)))


def operators(address: str, width: float, height: float) -> bytes:
    """The PDF operators that draw the QR code of `address`: one filled rectangle for each run of dark modules in a row."""
    size, modules = code(address)
    parts = [f"q {INK} rg", f"{width / size:.9g} 0 0 {height / size:.9g} 0 0 cm"]
    bits = f"{modules:0{size * size}b}"
    for y in range(size):
        row = bits[y * size : (y + 1) * size]
        x = row.find("1")
        while x >= 0:
            end = row.find("0", x)
            end = size if end < 0 else end
            parts.append(f"{x} {y} {end - x} 1 re")
            x = row.find("1", end)
    parts.append("f Q")
    return "\n".join(parts).encode()


def code(address: str) -> tuple[int, int]:
    """The QR code of `address`: modules on a side, and the modules as bits, row by row, dark ones set.

    A code is linear: data, error correction (Reed and Solomon's, 7.5) and mask (7.8) are all put together by exclusive or. So the code of an
    address is that of any other as long, changed by what each bit in which they differ changes, and each of those is worked out only once.
    """
    if not address.isascii() or address.upper() == address:  # in another mode, or another encoding
        return _made(address)
    size, modules = _made(SEED * len(address))
    for place, character in enumerate(address):
        change = ord(character) ^ ord(SEED)
        while change:
            bit = change & -change
            modules ^= _changed(len(address), place, bit)
            change ^= bit
    return size, modules


@lru_cache(maxsize=16_384)
def _changed(length: int, place: int, bit: int) -> int:
    """What another bit in one place of an address changes in its code."""
    other = SEED * place + chr(ord(SEED) ^ bit) + SEED * (length - place - 1)
    return _made(SEED * length)[1] ^ _made(other)[1]


@lru_cache(maxsize=512)
def _made(address: str) -> tuple[int, int]:
    """The code as segno makes it."""
    matrix = segno.make_qr(
        address, error="m", mask=MASK, boost_error=False, mode="byte" if address.isascii() else None
    ).matrix
    return len(matrix), int("".join("1" if module else "0" for row in matrix for module in row), 2)
