"""Objects and fields as describes show them, every key present."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.fields import COMPOUNDS, Field

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.catalogue.sobjects import SObject

SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
    "address": "urn:address",
    "location": "urn:location",
}
# Field-level security applies to these types unless a flag says otherwise.


def _extra_type_info(field: Field) -> str | None:
    if "person" in field.flags:
        return "personname"
    if "switchable" in field.flags:
        return "switchablepersonname"
    if "image" in field.flags:
        return "imageurl"
    return "plaintextarea" if field.type == "textarea" else None


def _byte_length(field: Field) -> int:
    if field.type in {"id", "reference"}:
        return 18
    return int(field.options.get("bytes", field.length * 3))


def _search_prefilterable(field: Field) -> bool:
    return (
        field.type == "reference"
        and field.relationship is not None
        and field.name not in {"MasterRecordId", "RecordTypeId"}
        and "User" not in field.references
    )


def _default_value(field: Field) -> bool | str | None:
    if field.type == "boolean":
        return field.default == "true"
    return None if field.calculated else field.default


def describe_field(field: Field) -> dict[str, Any]:
    """The field as `GET …/sobjects/{object}/describe` shows it, every key present."""
    is_int = field.type == "int"
    return {
        "aggregatable": field.aggregatable,
        "aiPredictionField": False,
        "autoNumber": "auto" in field.flags,
        "byteLength": _byte_length(field),
        "calculated": field.calculated,
        "calculatedFormula": field.options.get("formula"),
        "cascadeDelete": "master" in field.flags,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.options.get("in"),
        "controllerName": None,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": _default_value(field),
        "defaultValueFormula": None,
        "defaultedOnCreate": field.type in {"id", "boolean"}
        or bool(field.flags & {"defaulted", "auto"}),
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.precision if is_int else 0,
        "displayLocationInDecimal": field.type == "location",
        "encrypted": False,
        "externalId": field.external_id,
        "extraTypeInfo": _extra_type_info(field),
        "filterable": field.filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": field.groupable,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": field.id_lookup,
        "inlineHelpText": None,
        "label": field.label,
        "length": field.length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": "name" in field.flags,
        "namePointing": field.polymorphic,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "picklistValues": [
            {
                "active": True,
                "defaultValue": value == field.default,
                "label": value,
                "validFor": None,
                "value": value,
            }
            for value in field.values
        ],
        "polymorphicForeignKey": field.polymorphic,
        "precision": 0 if is_int else field.precision,
        "queryByDistance": field.type in COMPOUNDS,
        "referenceTargetField": None,
        "referenceTo": list(field.references),
        "relationshipName": field.relationship,
        "relationshipOrder": 0 if "master" in field.flags else None,
        "restrictedDelete": False,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": _search_prefilterable(field),
        "soapType": SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": False,
    }


def _urls(sobject: SObject, version: str) -> dict[str, str]:
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    urls = {"rowTemplate": f"{base}/{{ID}}", "describe": f"{base}/describe", "sobject": base}
    if "layoutable" in sobject.flags:
        urls |= {
            "compactLayouts": f"{base}/describe/compactLayouts",
            "approvalLayouts": f"{base}/describe/approvalLayouts",
            "listviews": f"{base}/listviews",
            "quickActions": f"{base}/quickActions",
            "layouts": f"{base}/describe/layouts",
        }
    return urls


def describe_summary(sobject: SObject, version: str) -> dict[str, Any]:
    """The object's element of `GET …/sobjects`."""
    flags = sobject.flags
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": "createable" in flags,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": "deletable" in flags,
        "deprecatedAndHidden": False,
        "feedEnabled": "feedEnabled" in flags,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": "layoutable" in flags,
        "mergeable": "mergeable" in flags,
        "mruEnabled": "mruEnabled" in flags,
        "name": sobject.name,
        "queryable": True,
        "replicateable": "replicateable" in flags,
        "retrieveable": True,
        "searchable": "searchable" in flags,
        "triggerable": "triggerable" in flags,
        "undeletable": "undeletable" in flags,
        "updateable": "updateable" in flags,
        "urls": _urls(sobject, version),
    }


_SCOPE_LABELS = {
    "everything": "All {plural}",
    "mine": "My {plural}",
    "scopingRule": "Filter by scope",
    "team": "My team's {plural}",
    "queue_owned": "Queue owned {plural}",
    "user_owned": "User owned {plural}",
    "delegated": "Delegated {plural}",
}


def _record_types(sobject: SObject, version: str) -> list[dict[str, Any]]:
    master = "012000000000000AAA"
    layout = f"/services/data/v{version}/sobjects/{sobject.name}/describe/layouts/{master}"
    return [
        {
            "active": True,
            "available": True,
            "defaultRecordTypeMapping": True,
            "developerName": "Master",
            "master": True,
            "name": "Master",
            "recordTypeId": master,
            "urls": {"layout": layout},
        }
    ]


def describe_object(sobject: SObject, version: str, instance_url: str) -> dict[str, Any]:
    """The answer of `GET …/sobjects/{object}/describe`."""
    summary = describe_summary(sobject, version)
    page = f"{instance_url}/{{ID}}"
    if "layoutable" in sobject.flags:
        summary["urls"] |= {
            "uiDetailTemplate": page,
            "uiEditTemplate": f"{page}/e",
            "uiNewRecord": f"{instance_url}/{sobject.prefix}/e",
        }
    return {
        "actionOverrides": [],
        **summary,
        "childRelationships": [
            {
                "cascadeDelete": child.cascade,
                "childSObject": child.child,
                "deprecatedAndHidden": False,
                "field": child.field,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": child.name,
                "restrictedDelete": False,
            }
            for child in sobject.children
        ],
        "compactLayoutable": "compactLayoutable" in sobject.flags,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [describe_field(field) for field in sobject.fields.values()],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": _record_types(sobject, version),
        "searchLayoutable": "searchLayoutable" in sobject.flags,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {
                "label": _SCOPE_LABELS[scope].format(plural=sobject.plural.lower()),
                "name": scope,
            }
            for scope in sobject.scopes
        ],
    }
