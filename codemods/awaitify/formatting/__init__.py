"""Black on what was touched, and only where the project's own code was already stable under Black."""

from awaitify.formatting.lengths import with_length
from awaitify.formatting.settings import BlackSettings, black_settings
from awaitify.formatting.touched import format_touched

__all__ = ["BlackSettings", "black_settings", "format_touched", "with_length"]
