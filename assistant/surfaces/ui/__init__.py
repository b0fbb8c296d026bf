"""The chat page: FastAPI around Gradio, answer cards as HTML of our own. The only door to gradio."""
