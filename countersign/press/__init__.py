"""The press: pages drawn with our fonts, our files and nothing else. Imported by `countersign.render` when it draws."""

from countersign.press.weasy import Drawn, draw

__all__ = ["Drawn", "draw"]
