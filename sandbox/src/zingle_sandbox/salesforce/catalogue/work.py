"""Task, TaskStatus, Opportunity, OpportunityContactRole, and this org's own Stay__c."""

from __future__ import annotations

from zingle_sandbox.salesforce.catalogue.lists import CREATED, VIEWED

TASK = f"""
Id | Activity ID | id
WhoId | Name ID | reference | perm to=Contact,Lead child=Tasks cascade
WhatId | Related To ID | reference | perm to=Account,Opportunity,Stay__c child=Tasks cascade
Subject | Subject | combobox 255 | name nogroup values=SUBJECT
ActivityDate | Due Date Only | date | noagg
Status | Status | picklist 255 | required defaulted noperm values=TASK_STATUS default=Not~Started
Priority | Priority | picklist 255 | required defaulted noperm values=PRIORITY default=Normal
IsHighPriority | High Priority | boolean | ro
OwnerId | Assigned To ID | reference | required defaulted to=Group,User
Description | Description | textarea 32000
IsDeleted | Deleted | boolean | ro
AccountId | Account ID | reference | ro to=Account
IsClosed | Closed | boolean | ro
{CREATED}
IsArchived | Archived | boolean | ro
CallDurationInSeconds | Call Duration | int 8
CallType | Call Type | picklist 40 | restricted noperm values=CALL_TYPE
CallDisposition | Call Result | string 255
CallObject | Call Object Identifier | string 255
ReminderDateTime | Reminder Date/Time | datetime
IsReminderSet | Reminder Set | boolean
RecurrenceActivityId | Recurrence Activity ID | reference | ro norel to=Task
IsRecurrence | Create Recurring Series of Tasks | boolean | noupdate
RecurrenceStartDateOnly | Recurrence Start | date
RecurrenceEndDateOnly | Recurrence End | date
RecurrenceTimeZoneSidKey | Recurrence Time Zone | picklist 40 | restricted noperm values=ZONE
RecurrenceType | Recurrence Type | picklist 40 | restricted noperm values=RECURRENCE_TYPE
RecurrenceInterval | Recurrence Interval | int 9
RecurrenceDayOfWeekMask | Recurrence Day of Week Mask | int 9
RecurrenceDayOfMonth | Recurrence Day of Month | int 9
RecurrenceInstance | Recurrence Instance | picklist 40 | restricted noperm values=RECURRENCE_NTH
RecurrenceMonthOfYear | Recurrence Month of Year | picklist 40 | restricted noperm values=MONTH
RecurrenceRegeneratedType | Repeat This Task | picklist 40 | restricted noperm values=REGENERATED
TaskSubtype | Task Subtype | picklist 40 | restricted noperm noupdate values=TASK_SUBTYPE
CompletedDateTime | Completed Date/Time | datetime | ro
Type | Type | picklist 255 | noperm values=TASK_TYPE
"""

TASK_STATUS = """
Id | Task Status ID | id
MasterLabel | Master Label | string 255 | ro
ApiName | API Name | string 255 | ro
SortOrder | Sort Order | int 9 | ro
IsDefault | Is Default | boolean | ro
IsClosed | Closed | boolean | ro
CreatedById | Created By ID | reference | ro required defaulted to=User
CreatedDate | Created Date | datetime | ro required defaulted
LastModifiedById | Last Modified By ID | reference | ro required defaulted to=User
LastModifiedDate | Last Modified Date | datetime | ro required defaulted
SystemModstamp | System Modstamp | datetime | ro required defaulted
"""

OPPORTUNITY = f"""
Id | Opportunity ID | id
IsDeleted | Deleted | boolean | ro
AccountId | Account ID | reference | perm to=Account child=Opportunities cascade
IsPrivate | Private | boolean | perm
Name | Name | string 120 | required lookup noperm name
Description | Description | textarea 32000
StageName | Stage | picklist 255 | required noperm values=STAGE
Amount | Amount | currency 18.2
Probability | Probability (%) | percent 3.0 | defaulted
ExpectedRevenue | Expected Amount | currency 18.2 | ro
TotalOpportunityQuantity | Quantity | double 18.2
CloseDate | Close Date | date | required
Type | Opportunity Type | picklist 255 | values=OPPORTUNITY_TYPE
NextStep | Next Step | string 255
LeadSource | Lead Source | picklist 255 | values=SOURCE
IsClosed | Closed | boolean | ro
IsWon | Won | boolean | ro
ForecastCategory | Forecast Category | picklist 40 | ro required restricted noperm values=FORECAST
ForecastCategoryName | Forecast Category | picklist 255 | defaulted restricted noperm values=FORECAST_NAME
CampaignId | Campaign ID | reference | perm to=Campaign
HasOpportunityLineItem | Has Line Item | boolean | ro
Pricebook2Id | Price Book ID | reference | defaulted to=Pricebook2
OwnerId | Owner ID | reference | required defaulted to=User
{CREATED}
LastActivityDate | Last Activity | date | ro
LastStageChangeDate | Last Stage Change Date | datetime | ro
FiscalQuarter | Fiscal Quarter | int 8 | ro in=Fiscal
FiscalYear | Fiscal Year | int 8 | ro in=Fiscal
Fiscal | Fiscal Period | string 6 | ro noperm bytes=6
ContactId | Contact ID | reference | noupdate norel to=Contact child=Opportunities
{VIEWED}
HasOpenActivity | Has Open Activity | boolean | ro nofilter nosort
HasOverdueTask | Has Overdue Task | boolean | ro nofilter nosort
LastAmountChangedHistoryId | Opportunity History ID | reference | ro to=OpportunityHistory
LastCloseDateChangedHistoryId | Opportunity History ID | reference | ro to=OpportunityHistory
"""  # noqa: E501 - one line a field

OPPORTUNITY_CONTACT_ROLE = f"""
Id | Contact Role ID | id
OpportunityId | Opportunity ID | reference | required noupdate to=Opportunity child=OpportunityContactRoles cascade
ContactId | Contact ID | reference | required noupdate to=Contact child=OpportunityContactRoles cascade
Role | Role | picklist 40 | values=CONTACT_ROLE
IsPrimary | Primary | boolean
{CREATED}
IsDeleted | Deleted | boolean | ro
"""  # noqa: E501 - one line a field

STAY = f"""
Id | Record ID | id
IsDeleted | Deleted | boolean | ro
Name | Stay Number | string 80 | auto name noperm
{CREATED}
Guest__c | Guest | reference | required master noupdate to=Contact child=Stays__r
Check_In__c | Check In | date
Check_Out__c | Check Out | date
Room_Type__c | Room Type | picklist 255 | restricted values=ROOM
Room__c | Room | string 20
Status__c | Status | picklist 255 | values=STAY_STATUS default=Booked defaulted
Rate__c | Rate | currency 10.2
Nights__c | Nights | double 18.0 | formula=Check_Out__c~-~Check_In__c
Booking_Number__c | Booking Number | string 40 | ext unique
Notes__c | Notes | textarea 32768
"""
