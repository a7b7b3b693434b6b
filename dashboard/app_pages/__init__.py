"""One module a page, each with `render(store)`: widgets, one question to the store, one view model, drawing."""
