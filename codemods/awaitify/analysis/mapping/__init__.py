"""The mapped classes of a project, their relationships and columns, and the schemas that read them."""
