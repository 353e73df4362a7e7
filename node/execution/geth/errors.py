"""What can go wrong with an executor that is another process."""

from ledger.errors import CannotCheckError, CheckFailedError


class ExecutorMissingError(CannotCheckError):
    """There is no geth that could be started, or what is there is none."""

    type = "executor-missing"


class ExecutorUnavailableError(CannotCheckError):
    """The executor gave no usable answer for as long as patience lasts, restarts included."""

    type = "executor-unavailable"


class ExecutorRefusedError(CannotCheckError):
    """The executor understood a request and answered with an error. `facts` hold its code and message."""

    type = "executor-refused"


class ExecutorDisagreesError(CheckFailedError):
    """The executor finds a block invalid that is durable here, or that it built itself: nothing can go on."""

    type = "executor-disagrees"


class NoAnswerError(CannotCheckError):
    """One request without a usable answer: connection lost, too late, too large, or nonsense."""

    type = "executor-no-answer"
