class AppError(Exception):
    """Base of all errors that are turned into a JSON response in ``main.py``."""

    status_code = 500
    code = "internal_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFoundError(AppError):
    status_code = 404
    code = "not_found"


class InvalidUploadError(AppError):
    status_code = 400
    code = "invalid_upload"


class ConflictError(AppError):
    status_code = 409
    code = "conflict"


class InsufficientCreditsError(AppError):
    status_code = 402
    code = "insufficient_credits"

    def __init__(self, required: int, available: int) -> None:
        super().__init__(f"Needs {required} credits, {available} available")


class PaymentError(AppError):
    status_code = 400
    code = "payment_error"


class ExternalServiceError(AppError):
    status_code = 502
    code = "external_service_error"


class ContentBlockedError(ExternalServiceError):
    status_code = 422
    code = "content_blocked"
