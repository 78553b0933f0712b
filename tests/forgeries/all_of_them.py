"""Every module of the corpus, imported so that its forgeries are entered."""
