"""The schema tells the whole truth about the API."""

import io

import pytest
import yaml
from django.core.management import call_command

from config.backoffice.api import problems, urls
from config.backoffice.api.resource import Resource

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    out = io.StringIO()
    call_command("spectacular", fail_on_warn=True, validate=True, stdout=out)
    return yaml.safe_load(out.getvalue())


def operations(schema):
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_schema_is_made_without_a_warning_and_served_to_everybody(client, schema):
    answer = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    assert set(answer.json()["paths"]) == set(schema["paths"])


def test_every_address_is_in_the_schema(schema):
    routes = {f"/api/{pattern.pattern}".replace("<str:id>", "{id}") for pattern in urls.urlpatterns[1:-1]}
    assert set(schema["paths"]) == routes


def test_every_operation_tells_its_refusals_and_asks_for_a_key(schema):
    for path, method, operation in operations(schema):
        answers = operation["responses"]
        expected = {"401", "403", "406", "500", "503"}
        expected |= {"400", "409", "413", "415", "422"} if method == "post" else set()
        assert expected <= set(answers), (path, method)
        for status, answer in answers.items():
            if status >= "400":
                assert set(answer["content"]) == {problems.CONTENT_TYPE}
        assert operation["security"] == [{"apiKey": []}]


def test_every_post_takes_an_idempotency_key(schema):
    for _path, method, operation in operations(schema):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in names) == (method == "post")


def test_every_handler_names_the_rights_it_needs():
    for pattern in urls.urlpatterns:
        view = getattr(pattern.callback, "cls", None)
        if not (view and issubclass(view, Resource)):
            continue
        handlers = {name.upper() for name in ("get", "post") if hasattr(view, name)}
        assert set(view.needs) == handlers, view
        assert all(view.needs.values()), view
