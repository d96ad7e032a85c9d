"""Code that a person asks for, beside the conversion: wrappers, middleware, scripts. Nothing of the target is run."""
