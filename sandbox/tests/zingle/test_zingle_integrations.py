from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox import zingle
from zingle_sandbox.zingle import CONNECTOR_SECRETS, ServiceSeed

if TYPE_CHECKING:
    from .conftest import Api


OTHER_SERVICE = "11111111-2222-4333-8444-555555555555"


def connector(api: Api, **options: Any) -> Any:  # noqa: ANN401 - the JSON of the answer
    """The connector, connected, as the options show it."""
    api.option(integration="connected", **options)
    response = api.v2("GET", "/integrations/salesforce")
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("status", ["connected", "needs_attention", "disconnected"])
def test_the_connector_is_listed_with_its_status(api: Api, clean: None, status: str) -> None:
    """The list is a plain array of code, name and status; the integration itself says the same."""
    api.option(integration=status)

    listed = api.v2("GET", "/integrations").json()
    one = api.v2("GET", "/integrations/salesforce").json()

    assert {"code": "salesforce", "name": "Salesforce", "status": status} in listed
    assert ("salesforce", "Salesforce", status) == (one["code"], one["name"], one["status"])


def test_a_connector_that_was_never_set_up_is_nowhere(api: Api, clean: None) -> None:
    """In the base world other integrations are listed alone, and the connector is 404."""
    listed = api.v2("GET", "/integrations").json()

    assert ["webhooks"] == [one["code"] for one in listed]
    assert 404 == api.v2("GET", "/integrations/salesforce").status_code


@pytest.mark.parametrize("path", ["/integrations/nothing", "/integrations/nothing/field-mapping"])
def test_an_unknown_code_is_404(api: Api, clean: None, path: str) -> None:
    """A code that is not in the list has neither settings nor a mapping."""
    api.option(integration="connected")

    response = api.v2("GET", path)

    assert (404, "integration_not_found") == (response.status_code, response.json()["code"])


def test_the_code_of_the_connector_is_not_published(api: Api, clean: None) -> None:
    """Another tenant's connector has another code, in the list and in paths."""
    api.option(integration="connected", integration_code="sfdc-v2")

    assert "sfdc-v2" in [one["code"] for one in api.v2("GET", "/integrations").json()]
    assert 200 == api.v2("GET", "/integrations/sfdc-v2").status_code
    assert 404 == api.v2("GET", "/integrations/salesforce").status_code


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize(
    "path", ["", "/salesforce", "/salesforce/field-mapping", "/webhooks", "/nothing"]
)
def test_integrations_may_be_refused_whole(
    api: Api, clean: None, *, status: int, path: str
) -> None:
    """A login without the right, or an older instance, gets nothing of them."""
    api.option(integration="connected", integrations_refused=status)

    response = api.v2("GET", f"/integrations{path}")

    assert status == response.status_code
    assert ("error" if status == 401 else "code") in response.json()
    assert 200 == api.v2("GET", "/users").status_code


def test_settings_are_an_object_or_an_array(api: Api, clean: None) -> None:
    """The same settings, by their code or one after the other."""
    by_code = connector(api)["configuration"]
    listed = connector(api, integration_configuration="array")["configuration"]

    assert listed == list(by_code.values())
    assert list(by_code) == [setting["code"] for setting in listed]
    assert {"code", "name", "field_type", "value"} == listed[0].keys()


@pytest.mark.parametrize("shape", ["object", "array"])
def test_settings_hold_secrets_that_tests_can_look_for(api: Api, shape: str) -> None:
    """Every canary is in the answer, and nothing tells all of them but key or type."""
    text = str(connector(api, integration_configuration=shape))

    assert [] == [secret for secret in CONNECTOR_SECRETS if secret not in text]


def test_a_mapping_takes_columns_to_fields(api: Api, clean: None) -> None:
    """The integration and the mapping's own path say the same."""
    whole = connector(api)["field_mapping"]
    alone = api.v2("GET", "/integrations/salesforce/field-mapping").json()

    assert {"column_field_mapping": whole["column_field_mapping"]} == alone
    assert ("First Name", "phone") == tuple(
        alone["column_field_mapping"][column] for column in ("FirstName", "MobilePhone")
    )


@pytest.mark.parametrize(
    ("shape", "expected"),
    [("array", {"column": "FirstName", "field": "First Name"}), ("empty", None)],
)
def test_a_mapping_may_be_a_list(
    api: Api, clean: None, *, shape: str, expected: dict[str, str] | None
) -> None:
    """Pairs one after the other, or none at all."""
    mapping = connector(api, integration_mapping=shape)["field_mapping"]["column_field_mapping"]

    assert isinstance(mapping, list)
    assert expected == (mapping[0] if mapping else None)


def test_a_mapping_may_be_absent(api: Api, clean: None) -> None:
    """No key in the integration, and 404 by itself."""
    assert "field_mapping" not in connector(api, integration_mapping="absent")
    assert 404 == api.v2("GET", "/integrations/salesforce/field-mapping").status_code


@pytest.mark.parametrize("by", ["name", "code", "id"])
def test_a_mapping_names_fields_in_one_of_three_ways(api: Api, clean: None, by: str) -> None:
    """Display name, code or id of a contact field; channels keep their names."""
    mapping = connector(api, integration_fields=by)["field_mapping"]["column_field_mapping"]

    names = {"name": "Loyalty Tier", "code": "loyalty_tier", "id": api.field_id("Loyalty Tier")}
    assert names[by] == mapping["Loyalty_Tier__c"]
    assert "phone" == mapping["MobilePhone"]


def test_each_service_has_its_own_integrations(api: Api, clean: None) -> None:
    """A second property that never bought one has an empty list."""
    zingle.insert_services(api.running.sandbox, [ServiceSeed(OTHER_SERVICE, "Second House")])
    api.option(integration="connected")

    assert [] == api.send("GET", f"/v2/services/{OTHER_SERVICE}/integrations").json()
