"""The topics of the Evaluation page, one module each: every one reads only the tables that it shows."""
