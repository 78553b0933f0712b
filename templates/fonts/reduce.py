"""Makes the script fonts of this folder from the files of three Debian packages; SOURCES.md says which and why.

Instructions for screens (hinting) are left out of all, since no paper uses them; glyphs are left out of two. Run it with
the folders in which the packages were unpacked: `python reduce.py DIRECTORY… OUT`. The same files in, the same bytes out.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

NOTO = [
    "Sans",
    "Serif",
    "NaskhArabic",
    "SansAdlam",
    "SansCanadianAboriginal",
    "SansCherokee",
    "SansHanifiRohingya",
    "SansJavanese",
    "SansLisu",
    "SansMeeteiMayek",
    "SansMongolian",
    "SansNKo",
    "SansOlChiki",
    "SansOriya",
    "SansOsage",
    "SansSyriac",
    "SansThaana",
    "SansTifinagh",
    "SansVai",
    "SansYi",
    "SerifArmenian",
    "SerifBengali",
    "SerifDevanagari",
    "SerifEthiopic",
    "SerifGeorgian",
    "SerifGujarati",
    "SerifGurmukhi",
    "SerifHebrew",
    "SerifKannada",
    "SerifKhmer",
    "SerifLao",
    "SerifMalayalam",
    "SerifMyanmar",
    "SerifNyiakengPuachueHmong",
    "SerifSinhala",
    "SerifTamil",
    "SerifTelugu",
    "SerifThai",
    "SerifTibetan",
]
HANGUL = ((0x20, 0x20), (0xA0, 0xA0), (0xAC00, 0xD7A3), (0x3131, 0x318E))
HAN = (
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x3000, 0x30FF),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x3105, 0x312F),
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0xFF00, 0xFFEF),
    (0x2E80, 0x2FDF),
)
RARE_HAN = (0x3400, 0x4DB5)
RARE_SETS = ("big5hkscs", "euc_jis_2004")
"""Of the block of rare characters those are kept that Hong Kong's and Japan's character sets have, and those of China's
table of general standard characters (2013):"""
RARE_CHINA = (
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃"
    "䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮"
)
RENAMED = (1, 3, 4, 6, 16, 18)
"""The name records that must not say "Nanum" in a changed file: that name is reserved by the font's licence."""


def main() -> None:
    *folders, out = map(Path, sys.argv[1:])
    files = {file.name: file for folder in folders for file in sorted(folder.rglob("*.ttf"))}
    for name in NOTO:
        reduced(files[f"Noto{name}-Regular.ttf"], ("*",)).save(out / f"Noto{name}-Regular.ttf")
    han = set(_codes(HAN)) | {c for c in _codes((RARE_HAN,)) if _in_rare_sets(c)} | set(map(ord, RARE_CHINA))
    reduced(files["DroidSansFallbackFull.ttf"], (), han).save(out / "DroidSansFallbackHan-Regular.ttf")
    hangul = reduced(files["NanumMyeongjo.ttf"], (), set(_codes(HANGUL)))
    for record in hangul["name"].names:
        if record.nameID in RENAMED:
            record.string = "CountersignHangul" if record.nameID == 6 else "Countersign Hangul"
    hangul.save(out / "CountersignHangul-Regular.ttf")


def reduced(source: Path, features: tuple[str, ...], keep: set[int] | None = None) -> TTFont:
    """The font of `source` without hinting, with the layout `features` and the characters named (all when None)."""
    options = subset.Options(hinting=False, glyph_names=False, notdef_outline=True, recalc_timestamp=False)
    options.layout_features, options.name_IDs = list(features), ["*"]
    options.drop_tables += ["FFTM"]
    font = subset.load_font(str(source), options)
    has = set(font.getBestCmap())
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=has if keep is None else has & keep)
    subsetter.subset(font)
    return font


def _codes(ranges: Iterable[tuple[int, int]]) -> Iterable[int]:
    return (code for first, last in ranges for code in range(first, last + 1))


def _in_rare_sets(code: int) -> bool:
    for name in RARE_SETS:
        try:
            chr(code).encode(name)
        except UnicodeError:
            continue
        return True
    return False


if __name__ == "__main__":
    main()
