"""What people are refused, as problem documents."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tickets.people.refusals import NoSuchAccount, NotAllowed, Refused, TooMany, WrongLogin
from tickets.web.attaching import TooLarge
from tickets.web.problems import problem


def install(app: FastAPI) -> None:
    """Answers what `tickets.people` raises."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Exception) -> JSONResponse:
        match error:
            case NotAllowed():
                return problem(403, "Forbidden", str(error))
            case NoSuchAccount():
                return problem(404, "Not Found", str(error))
            case WrongLogin():
                return problem(401, "Unauthorized", str(error))
            case TooMany():
                answer = problem(429, "Too Many Requests", str(error))
                answer.headers["Retry-After"] = str(error.seconds)
                return answer
            case TooLarge():
                return problem(413, "Content Too Large", str(error))
            case _:
                return problem(422, "Unprocessable Content", str(error))
