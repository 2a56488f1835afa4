"""PermissionSet and its assignment: who was given which rights, as far as programs ask."""

from __future__ import annotations

PERMISSION_SET = """
Id | Permission Set ID | id
Name | Permission Set Name | string 80 | required noperm name
Label | Permission Set Label | string 80 | required
ProfileId | Profile ID | reference | ro to=Profile
IsOwnedByProfile | Is Owned By Profile | boolean | ro
IsCustom | Custom | boolean | ro default=true
Description | Description | string 255
CreatedDate | Created Date | datetime | ro required defaulted
CreatedById | Created By ID | reference | ro required defaulted to=User
LastModifiedDate | Last Modified Date | datetime | ro required defaulted
LastModifiedById | Last Modified By ID | reference | ro required defaulted to=User
SystemModstamp | System Modstamp | datetime | ro required defaulted
NamespacePrefix | Namespace Prefix | string 15 | ro
HasActivationRequired | Has Activation Required | boolean
"""

PERMISSION_SET_ASSIGNMENT = """
Id | PermissionSetAssignment ID | id
PermissionSetId | PermissionSet ID | reference | required noupdate to=PermissionSet child=Assignments cascade
AssigneeId | Assignee ID | reference | required noupdate to=User child=PermissionSetAssignments
SystemModstamp | Date Assigned | datetime | ro required defaulted
ExpirationDate | Expiration Date | datetime
IsActive | Is Active | boolean | ro default=true
"""  # noqa: E501 - one line a field
