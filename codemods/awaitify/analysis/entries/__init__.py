"""Where execution enters: routes, dependencies, middlewares, lifespans."""
