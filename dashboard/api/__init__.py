"""Programs ask here what people ask on the New case page: under /api/v1, by token, when access.toml enables it.

`routes` answers, `asking` turns a request into a case, `document` describes all of it (OpenAPI), `mounted` hands it to
the server without importing what takes seconds.
"""
