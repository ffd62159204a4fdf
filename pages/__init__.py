"""How things are shown to people: terminal, JSON, Markdown, HTML, and the translations of every sentence."""
