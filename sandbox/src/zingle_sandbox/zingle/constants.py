"""Ids and words that are the same in every tenant (from recorded payloads)."""

from __future__ import annotations

PHONE_TYPE_ID = "0a293ea3-4721-433e-a031-610ebcf43255"
EMAIL_TYPE_ID = "b71f3d91-da94-412b-8ff1-59a882b63024"
FACEBOOK_TYPE_ID = "5dc9a055-4564-410e-bb6d-1e53a1206264"

API_USER_ID = "c2d9b4a8-61f7-4e3b-8a25-7f0e9d3c5b14"

FIRST_NAME_FIELD_ID = "e01a3856-89b1-4db4-bf56-38d79454c921"
LAST_NAME_FIELD_ID = "0df80524-3b27-4fb0-8eeb-c81bd448d294"
TITLE_FIELD_ID = "84d6a03a-a093-4951-bd12-6551597bbbf4"
TITLE_OPTIONS = ("", "Mr.", "Mrs.", "Ms.", "Dr.")

# The global fields that are columns of the contact: field id to its top-level key in v1.
NAME_FIELDS = {
    FIRST_NAME_FIELD_ID: "first_name",
    LAST_NAME_FIELD_ID: "last_name",
    TITLE_FIELD_ID: "title",
}

DATA_TYPES = (
    "string",
    "number",
    "boolean",
    "date",
    "anniversary",
    "datetime",
    "time",
    "single_select_options",
)
DATE_TYPES = ("date", "anniversary", "datetime")
# Accepted `display_name` values of a contact channel; anything else is 3106.
CHANNEL_NAMES = ("HOME", "BUSINESS", "MOBILE")
