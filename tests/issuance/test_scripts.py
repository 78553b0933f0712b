"""Names in any script: printed in fonts of ours, whole, and given back by whoever reads the file."""

import io
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, cast

import pypdf
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from countersign import render
from countersign.issuance.drawing import draw_certificate
from countersign.issuance.wording import statement
from countersign.render import GlyphsMissing, environment, isolated, render_pdf, uncovered
from countersign.settings import PROGRAM
from models.text import plain
from tests.issuance.test_drawing import PRINTED

SHIPPED = (PROGRAM / "templates",)
FONTS = SHIPPED[0] / "fonts"

_WRITTEN = {
    "Latin, diacritics": "Zoë Žižka-Łukaszewicz d’Ångström",
    "Latin, ligatures": "Affiffi Flynn-Fjord Offley",
    "Latin, combining marks": "Ḏ̣x̄ara M̃bo Ŷ̱on G̃uarã",
    "Vietnamese": "Nguyễn Thị Ngọc Ánh Đặng",
    "Yoruba": "Ọlá Ẹ̀kọ́yẹmí Ṣàǹgódélé",
    "Hausa and Ewe": "Ɓalaraɓe Ɗanladi Ŋɔŋlɔ Ƙwaƙwa",
    "Lakota and Salish": "Wičháȟpi Skʷəlíɬ x̌ʷáy",
    "Azerbaijani and Turkish": "Əliyev İpek Ağıoğlu",
    "Greek": "Ελευθερία Παπαϊωάννου",
    "Greek, polytonic": "Ἀθηνᾶ Ὑπατίᾳ",
    "Ukrainian": "Щербакова Юлія Ґонта",
    "Kazakh": "Әсем Құрманғазықызы",
    "Armenian": "Անահիտ Հովհաննիսյան",
    "Georgian": "ნინო ჯაფარიძე",
    "Hebrew": "שרה בן־דוד",
    "Hebrew, points": "שָׂרָה כֹּהֵן",
    "Yiddish": "פֿייגע גאָלד",
    "Arabic": "فاطمة الزهراء بنت عبد الله",
    "Arabic, points": "مُحَمَّدٌ الأَمِين",
    "Persian": "پگاه ژاله‌نژاد گچی‌کار",
    "Urdu": "ڈاکٹر ٹیپو نگہت کھوڑے",
    "Pashto": "ښکلا ځدراڼ ګلۍ",
    "Uyghur": "ئايگۈل ئۆمەر",
    "Syriac": "ܡܪܝܡ ܒܪ ܨܘܡܐ",
    "Dhivehi": "އާމިނަތު ޢަލީ",
    "N’Ko": "ߝߊ߬ߕߎ߬ ߞߋߕߊ",
    "Adlam": "𞤀𞤥𞤭𞤲𞤢 𞤄𞤢𞥄",
    "Hindi": "श्रीलक्ष्मी द्विवेदी कृष्णमूर्ति",
    "Nepali": "सङ्गीता र्‍याङ्केली",
    "Bengali": "শর্মিষ্ঠা চক্রবর্তী ঋত্বিক",
    "Punjabi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ ਢਿੱਲੋਂ",
    "Gujarati": "જ્યોત્સ્ના કૃષ્ણકાંત",
    "Odia": "ସୁଶ୍ରୀ ପଟ୍ଟନାୟକ",
    "Tamil": "கௌரி ஶ்ரீநிவாசன் மொழி",
    "Telugu": "లక్ష్మీకాంత్ శ్రీరామ్",
    "Kannada": "ಶ್ರೀಲಕ್ಷ್ಮೀ ಕೃಷ್ಣಪ್ಪ",
    "Malayalam": "ശ്രീലക്ഷ്മി കൃഷ്ണൻകുട്ടി",
    "Sinhala": "ශ්‍රීමාලි ක්‍රිෂාන්ති",
    "Thai": "กุลธิดา น้ำผึ้งศรีสุข",
    "Lao": "ຄຳແກ້ວ ສຸວັນນະພູມ",
    "Tibetan": "བསྟན་འཛིན་རྒྱ་མཚོ",
    "Burmese": "အောင်ဆန်းကြည် ခိုင်မြတ်",
    "Khmer": "ស្រីម៉ុម ភ័ក្ត្រា",
    "Javanese": "ꦱꦿꦶꦮꦸꦭꦤ꧀",
    "Mongolian": "ᠣᠶᠤᠨᠲᠤᠶᠠᠭ᠎ᠠ",
    "Amharic": "ሕይወት ገብረመድኅን",
    "Tigrinya": "ጽርሃ ቈላ ኽብረኣብ",
    "Tamazight": "ⵜⵉⵏⵀⵉⵏⴰⵏ",
    "Vai": "ꕙꔤ ꖸꖎ",
    "Cherokee": "ᏣᎳᎩ ᎠᏂᏴᏫ ꮳꮃꭹ",
    "Inuktitut": "ᐃᓄᒃᑎᑐᑦ ᓴᓇ",
    "Osage": "𐓏𐓘𐓻𐓘𐓻𐓟",
    "Chinese, simplified": "欧阳诗雨 龚䶮",
    "Chinese, traditional": "歐陽龍馬 臺灣",
    "Japanese": "髙橋ひかる 渡邉サクラ",
    "Korean": "김서윤 뷁훈",
    "Korean, Chinese characters": "朴槿花 (박근화)",
    "Latin and Hebrew": "Dr. שרה Cohen (née כהן)",
    "Latin and Chinese": "Mei-Ling 王美玲 Smith",
}
NAMES = {key: unicodedata.normalize("NFC", name) for key, name in _WRITTEN.items()}

POPPLER_LIMITS = {"N’Ko", "Adlam", "Dhivehi", "Latin and Hebrew"}
"""Names that pdftotext turns round: it does not know that N’Ko and Adlam run from right to left, and where a line's
direction changes it puts spaces, and a mark on the last letter, on the wrong side. The characters are all there."""
PYPDF_LIMITS = {"Adlam"}

PAGE = "<!DOCTYPE html><html lang='en'><head><title>Names</title><style>html {{ font-size: 17pt }}</style></head><body>{}</body></html>"


def draw(body: str, style: str = "font-family: EB Garamond") -> bytes:
    return render_pdf(PAGE.format(f"<div style='{style}'>{body}</div>"), SHIPPED, title="Names")


@pytest.fixture(scope="module")
def drawn() -> bytes:
    """All names, each in a paragraph of its own, so that fonts and glyphs are shared between them."""
    return draw("".join(f"<p>{escape(name)}</p>" for name in NAMES.values()))


@pytest.fixture(scope="module")
def poppler(drawn: bytes) -> list[str]:
    return lines(drawn)


@pytest.fixture(scope="module")
def by_pypdf(drawn: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(drawn)).pages)


def lines(pdf: bytes) -> list[str]:
    """The lines that Debian's pdftotext reads, without the signs of direction that it adds."""
    said = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return [line for line in re.split(r"[\n\f]", re.sub("[\u202a-\u202c]", "", said)) if line]


def fonts(pdf: bytes) -> Iterator[Any]:
    for page in cast(Any, pypdf.PdfReader(io.BytesIO(pdf)).pages):
        for font in page["/Resources"]["/Font"].values():
            yield font.get_object()


def families(pdf: bytes) -> set[str]:
    return {str(font["/BaseFont"])[8:].replace("-", " ") for font in fonts(pdf)}


@pytest.mark.parametrize("script", [key for key in NAMES if key not in POPPLER_LIMITS])
def test_pdftotext_gives_a_name_back_as_it_was_written(script: str, poppler: list[str]) -> None:
    assert NAMES[script] in poppler


@pytest.mark.parametrize("script", [key for key in NAMES if key not in PYPDF_LIMITS])
def test_pypdf_gives_a_name_back_as_it_was_written(script: str, by_pypdf: str) -> None:
    assert NAMES[script] in by_pypdf.split("\n")


@pytest.mark.parametrize("script", sorted(POPPLER_LIMITS))
def test_what_a_reader_turns_round_it_still_reads_whole(script: str, poppler: list[str]) -> None:
    assert sorted(NAMES[script].replace(" ", "")) in [sorted(line.replace(" ", "")) for line in poppler]


def test_every_font_is_ours_embedded_and_says_what_its_codes_mean(drawn: bytes) -> None:
    ours = set(re.findall(r'font-family: "([^"]+)"', (FONTS / "fonts.css").read_text()))
    assert families(drawn) <= ours
    assert len(families(drawn)) >= 35
    for font in fonts(drawn):
        assert "/ToUnicode" in font
        inner = font["/DescendantFonts"][0].get_object()
        assert "/FontFile2" in inner["/FontDescriptor"]


def test_the_file_is_sound_and_the_same_every_time(drawn: bytes, tmp_path: Path) -> None:
    file = tmp_path / "names.pdf"
    file.write_bytes(drawn)
    assert "No syntax" in subprocess.run(["qpdf", "--check", file], capture_output=True, check=True, text=True).stdout
    assert drawn == draw("".join(f"<p>{escape(name)}</p>" for name in NAMES.values()))


@pytest.mark.parametrize("script", ["Vietnamese", "Hebrew, points", "Arabic", "Thai", "Korean", "Japanese"])
def test_a_certificate_is_one_page_with_the_name_as_it_was_written(script: str) -> None:
    name = NAMES[script]
    pdf = draw_certificate(PRINTED | {"name": name, "title": f"Reading with {name}"}, SHIPPED)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1
    assert name in lines(pdf)
    assert pdf == draw_certificate(PRINTED | {"name": name, "title": f"Reading with {name}"}, SHIPPED)


@pytest.mark.parametrize(
    "title",
    [
        "การจัดการเรียนรู้แบบร่วมมือสำหรับผู้เรียนพหุภาษา" * 6,
        "在多语言课堂中设计和反思协作学习体验，" * 16,
        "تصميم الخبرات التعليمية " * 13,
    ],
    ids=["Thai", "Chinese", "Arabic"],
)
def test_a_title_of_300_characters_breaks_into_lines_in_scripts_without_spaces_too(title: str) -> None:
    title = title.strip()[:300]
    pdf = draw_certificate(PRINTED | {"title": title}, SHIPPED)
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1
    said = "".join(lines(pdf))
    assert all(part in said for part in re.findall(r"\w{3,9}", title)[:1])


def test_letters_that_a_font_lacks_come_from_the_font_that_suits_it() -> None:
    assert families(draw("ꞵ", "font-family: Lato")) == {"Noto Sans"}
    assert families(draw("ꞵ")) == {"Noto Serif"}
    assert families(draw("Құрман")) == {"Noto Serif"}, "a Cyrillic name is not set in two fonts"
    assert families(draw("Құрман", "font-family: Lato")) == {"Lato"}


def test_bold_and_italic_are_not_imitated() -> None:
    """The fonts that stand in have one weight and no italic: asked for those, the same outlines are drawn."""
    upright, slanted = (
        draw(f"<span style='{style}'>שרה</span>") for style in ("", "font-weight: 700; font-style: italic")
    )
    assert families(upright) == families(slanted) == {"Noto Serif Hebrew"}
    assert picture(upright) == picture(slanted)


def picture(pdf: bytes) -> bytes:
    made = subprocess.run(["pdftoppm", "-r", "60", "-png", "-"], input=pdf, capture_output=True, check=True).stdout
    return Image.open(io.BytesIO(made)).tobytes()


def test_an_arabic_name_does_not_reorder_the_words_around_it() -> None:
    template = environment(SHIPPED).from_string("<p>{{ name }}, 3rd Grade</p><p>Signature of {{ name }} (2026)</p>")
    filled = template.render(name="فاطمة")
    assert filled == "<p>\u2068فاطمة\u2069, 3rd Grade</p><p>Signature of \u2068فاطمة\u2069 (2026)</p>"
    assert "فاطمة, 3rd Grade" in lines(draw(filled))
    bare = draw("<p>فاطمة, 3rd Grade</p>")
    assert picture(draw("<p>\u2068فاطمة\u2069, 3rd Grade</p>")) != picture(bare), (
        "without the signs the digits would change sides"
    )


@pytest.mark.parametrize("value", ["Zoë", "欧阳", 15, None, ""])
def test_what_has_nothing_from_right_to_left_is_left_as_it_is(value: object) -> None:
    assert isolated(value) == value


def test_markup_in_a_name_from_right_to_left_is_still_escaped() -> None:
    said = environment(SHIPPED).from_string("{{ name }}").render(name="<b>שרה</b>")
    assert said == "\u2068&lt;b&gt;שרה&lt;/b&gt;\u2069"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\u200f\u200e\u061c", ""),
        ("\u202eevil\u202c", "evil"),
        ("\u2067שרה\u2069", "שרה"),
        ("so\u00adft", "soft"),
        ("a\ud800b", "ab"),
        ("\U000e0041\U000e0042x", "x"),
        ("ژاله\u200cنژاد", "ژاله\u200cنژاد"),
        ("e\u0301", "é"),
    ],
    ids=["only marks", "override", "isolate", "soft hyphen", "surrogate", "tags", "joiner", "NFD"],
)
def test_signs_that_nobody_sees_are_taken_out_and_joiners_kept(text: str, kept: str) -> None:
    assert plain(text) == kept


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Z" + "\u0351" * 60, "\u0351"),
        ("Zoe" + "\u0301\u0323" * 30, "\u0301\u0323"),
        ("\ue123 Ann", "\ue123"),
        ("\U0010fffd", "\U0010fffd"),
        ("Ann \u0378", "\u0378"),
        ("葛\U000e0100城", "\U000e0100"),
        ("Earth 🌍 and ☃", "🌍☃"),
        ("👩🏽\u200d🏫", "👩🏽🏫"),
        ("𒀀", "𒀀"),
        ("\ud800", "\ud800"),
    ],
    ids=[
        "heap",
        "mixed heap",
        "private",
        "private plane",
        "unassigned",
        "variant",
        "emoji",
        "emoji sequence",
        "cuneiform",
        "surrogate",
    ],
)
def test_what_no_font_prints_is_named(text: str, refused: str) -> None:
    assert set(refused) <= set(uncovered(text, SHIPPED))
    assert not {c for c in uncovered(text, SHIPPED) if c.isascii()}


def test_the_sentence_shows_a_mark_on_a_circle() -> None:
    assert "◌\u0301 (U+0301)" in str(GlyphsMissing("\u0301"))


@pytest.mark.parametrize("script", sorted(NAMES))
def test_no_real_name_is_refused(script: str) -> None:
    assert uncovered(NAMES[script], SHIPPED) == ""
    assert uncovered(unicodedata.normalize("NFD", NAMES[script]), SHIPPED) == ""


def test_a_name_of_160_characters_in_wide_letters_fits_or_is_refused_whole() -> None:
    name = ("髙橋ひかる渡邉サクラ" * 16)[:160]
    pdf = draw_certificate(PRINTED | {"name": name}, SHIPPED)
    assert name in "".join(lines(pdf))


def test_a_statement_loses_ornaments_and_keeps_every_letter() -> None:
    def missing(text: str) -> str:
        return uncovered(text, SHIPPED)

    assert statement(("🌟 Teaching 学 with care ☃",), 200, missing) == "Teaching 学 with care"


def test_a_latin_name_opens_no_font_but_the_first() -> None:
    render._characters.cache_clear()  # pyright: ignore[reportPrivateUsage]
    assert uncovered("Zoë Łukasz Nguyễn", SHIPPED) == ""
    assert render._characters.cache_info().currsize == 1  # pyright: ignore[reportPrivateUsage]


def test_every_font_is_declared_and_comes_with_its_license() -> None:
    style = (FONTS / "fonts.css").read_text()
    named = re.findall(r"url\(([^)]+)\)", style)
    assert sorted(named) == sorted(file.name for file in FONTS.glob("*.ttf"))
    said = (FONTS / "SOURCES.md").read_text()
    for license_ in (*FONTS.glob("OFL-*.txt"), *FONTS.glob("APACHE-*.txt")):
        assert f"`{license_.name}`" in said
    assert sum(file.stat().st_size for file in FONTS.iterdir() if file.is_file()) < 12_000_000


def test_every_font_has_a_space_as_lines_need_it() -> None:
    for file in FONTS.glob("*.ttf"):
        with TTFont(file, lazy=True) as font:
            assert 0x20 in cast(Any, font).getBestCmap(), file.name
