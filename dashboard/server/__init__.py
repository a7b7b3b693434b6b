"""What the web server answers and does itself, before and beside Streamlit; light to import."""
