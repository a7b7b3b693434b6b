"""The Evaluation page and its topics, one module each: every one reads only the tables that it shows."""
