"""`awaitify verify`: runs the service before and after, and compares. The only part of awaitify that runs its code."""
