"""The papers as archival and accessible files: PDF/A-3a, PDF/UA-1, what lies in them, and the signature."""
