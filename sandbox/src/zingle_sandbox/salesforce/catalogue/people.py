"""Contact, Lead, Account, User, Group and Organization."""

from __future__ import annotations

from zingle_sandbox.salesforce.catalogue.lists import CREATED, PERSON_NAME, VIEWED, address

CONTACT = f"""
Id | Contact ID | id
IsDeleted | Deleted | boolean | ro
MasterRecordId | Master Record ID | reference | ro to=Contact
AccountId | Account ID | reference | perm to=Account child=Contacts cascade
{PERSON_NAME}
{address("Other", "Other")}
{address("Mailing", "Mailing")}
Phone | Business Phone | phone 40
Fax | Business Fax | phone 40
MobilePhone | Mobile Phone | phone 40
HomePhone | Home Phone | phone 40
OtherPhone | Other Phone | phone 40
AssistantPhone | Asst. Phone | phone 40
ReportsToId | Reports To ID | reference | perm to=Contact
Email | Email | email 80 | lookup
Title | Title | string 128
Department | Department | string 80
AssistantName | Assistant's Name | string 40
LeadSource | Lead Source | picklist 255 | values=SOURCE
Birthdate | Birthdate | date | perm
Description | Contact Description | textarea 32000
OwnerId | Owner ID | reference | required defaulted to=User
HasOptedOutOfEmail | Email Opt Out | boolean | perm
HasOptedOutOfFax | Fax Opt Out | boolean | perm
DoNotCall | Do Not Call | boolean | perm
{CREATED}
LastActivityDate | Last Activity | date | ro
LastCURequestDate | Last Stay-in-Touch Request Date | datetime | ro
LastCUUpdateDate | Last Stay-in-Touch Save Date | datetime | ro
{VIEWED}
EmailBouncedReason | Email Bounced Reason | string 255 | noperm
EmailBouncedDate | Email Bounced Date | datetime
IsEmailBounced | Is Email Bounced | boolean | ro
PhotoUrl | Photo URL | url 255 | ro image
Jigsaw | Data.com Key | string 20
JigsawContactId | Jigsaw Contact ID | string 20 | ro noperm rel=JigsawContact
CleanStatus | Clean Status | picklist 40 | restricted values=CLEAN
IndividualId | Individual ID | reference | to=Individual
"""

# What this org's administrator added: one field of each kind that needs care.
CONTACT_CUSTOM = """
Loyalty_Number__c | Loyalty Number | string 30 | ext unique case
Loyalty_Tier__c | Loyalty Tier | picklist 255 | values=TIER
Interests__c | Interests | multipicklist 4 | values=INTERESTS
VIP__c | VIP | boolean | perm
Preferred_Check_In__c | Preferred Check-In | time
Discount__c | Discount | percent 5.2
Lifetime_Spend__c | Lifetime Spend | currency 16.2
Guest_Number__c | Guest Number | string 30 | auto
Full_Greeting__c | Full Greeting | string 1300 | formula=Salutation~&~"~"~&~LastName
Stay_Count__c | Number of Stays | double 18.0 | rollup=Stay__c.Guest__c
Home__c | Home | location
Home__Latitude__s | Home (Latitude) | double 18.15 | in=Home__c
Home__Longitude__s | Home (Longitude) | double 18.15 | in=Home__c
"""

LEAD = f"""
Id | Lead ID | id
IsDeleted | Deleted | boolean | ro
MasterRecordId | Master Record ID | reference | ro to=Lead
{PERSON_NAME}
Title | Title | string 128
Company | Company | string 255 | required noperm
{address("", "")}
Phone | Phone | phone 40
MobilePhone | Mobile Phone | phone 40
Fax | Fax | phone 40
Email | Email | email 80 | lookup
Website | Website | url 255 | perm
PhotoUrl | Photo URL | url 255 | ro image
Description | Description | textarea 32000
LeadSource | Lead Source | picklist 255 | values=SOURCE
Status | Status | picklist 255 | required defaulted noperm values=LEAD_STATUS default=Open~-~Not~Contacted
Industry | Industry | picklist 255 | values=INDUSTRY
Rating | Rating | picklist 255 | values=RATING
AnnualRevenue | Annual Revenue | currency 18.0
NumberOfEmployees | Employees | int 8 | perm
OwnerId | Owner ID | reference | required defaulted to=Group,User
HasOptedOutOfEmail | Email Opt Out | boolean | perm
HasOptedOutOfFax | Fax Opt Out | boolean | perm
DoNotCall | Do Not Call | boolean | perm
IsConverted | Converted | boolean | noupdate
ConvertedDate | Converted Date | date | ro
ConvertedAccountId | Converted Account ID | reference | ro to=Account
ConvertedContactId | Converted Contact ID | reference | ro to=Contact
ConvertedOpportunityId | Converted Opportunity ID | reference | ro to=Opportunity
IsUnreadByOwner | Unread By Owner | boolean
{CREATED}
LastActivityDate | Last Activity | date | ro
{VIEWED}
Jigsaw | Data.com Key | string 20
JigsawContactId | Jigsaw Contact ID | string 20 | ro noperm rel=JigsawContact
CleanStatus | Clean Status | picklist 40 | restricted values=CLEAN
CompanyDunsNumber | Company D-U-N-S Number | string 9
DandbCompanyId | D&B Company ID | reference | perm to=DandBCompany
EmailBouncedReason | Email Bounced Reason | string 255 | nocreate noperm
EmailBouncedDate | Email Bounced Date | datetime | nocreate
IndividualId | Individual ID | reference | to=Individual
"""  # noqa: E501 - one line a field

ACCOUNT = f"""
Id | Account ID | id
IsDeleted | Deleted | boolean | ro
MasterRecordId | Master Record ID | reference | ro to=Account
IsPersonAccount | Is Person Account | boolean | ro
PersonContactId | Contact ID | reference | ro to=Contact
Name | Account Name | string 255 | required switchable name noperm in=Name
Type | Account Type | picklist 40 | values=ACCOUNT_TYPE
ParentId | Parent Account ID | reference | perm to=Account child=ChildAccounts
{address("Billing", "Billing")}
{address("Shipping", "Shipping")}
Phone | Account Phone | phone 40
Fax | Account Fax | phone 40
AccountNumber | Account Number | string 40
Website | Website | url 255 | perm
PhotoUrl | Photo URL | url 255 | ro image
Sic | SIC Code | string 20
Industry | Industry | picklist 40 | values=INDUSTRY
AnnualRevenue | Annual Revenue | currency 18.0
NumberOfEmployees | Employees | int 8 | perm
Ownership | Ownership | picklist 40 | values=OWNERSHIP
TickerSymbol | Ticker Symbol | string 20
Description | Account Description | textarea 32000
Rating | Account Rating | picklist 40 | values=RATING
Site | Account Site | string 80
OwnerId | Owner ID | reference | required defaulted to=User
{CREATED}
LastActivityDate | Last Activity | date | ro
{VIEWED}
IsPartner | Partner Account | boolean | nocreate
IsCustomerPortal | Customer Portal Account | boolean | nocreate
ChannelProgramName | Channel Program Name | string 255 | ro noperm nofilter nosort
ChannelProgramLevelName | Channel Program Level Name | string 255 | ro noperm nofilter nosort
Jigsaw | Data.com Key | string 20
JigsawCompanyId | Jigsaw Company ID | string 20 | ro noperm rel=JigsawCompany
CleanStatus | Clean Status | picklist 40 | restricted values=CLEAN
AccountSource | Account Source | picklist 40 | values=SOURCE
DunsNumber | D-U-N-S Number | string 9
Tradestyle | Tradestyle | string 255
NaicsCode | NAICS Code | string 8
NaicsDesc | NAICS Description | string 120
YearStarted | Year Started | string 4
SicDesc | SIC Description | string 80
DandbCompanyId | D&B Company ID | reference | perm to=DandBCompany
OperatingHoursId | Operating Hour ID | reference | perm to=OperatingHours
"""

USER = f"""
Id | User ID | id
Username | Username | string 80 | required lookup
LastName | Last Name | string 80 | required person noperm in=Name
FirstName | First Name | string 40 | person noperm in=Name
Name | Full Name | string 121 | ro required person noperm name
CompanyName | Company Name | string 80
Division | Division | string 80
Department | Department | string 80
Title | Title | string 80
{address("", "")}
Email | Email | email 128 | required lookup
SenderEmail | Email Sender Address | email 80
SenderName | Email Sender Name | string 80
Signature | Email Signature | textarea 1333
StayInTouchSubject | Stay-in-Touch Email Subject | string 80
Phone | Phone | phone 40
Fax | Fax | phone 40
MobilePhone | Mobile | phone 40
Alias | Alias | string 8 | required
CommunityNickname | Nickname | string 40 | required lookup
IsActive | Active | boolean
TimeZoneSidKey | Time Zone | picklist 40 | required restricted values=ZONE
LocaleSidKey | Locale | picklist 40 | required restricted values=LOCALE
ReceivesInfoEmails | Info Emails | boolean
ReceivesAdminInfoEmails | Admin Info Emails | boolean
EmailEncodingKey | Email Encoding | picklist 40 | required restricted values=ENCODING
ProfileId | Profile ID | reference | required to=Profile
UserType | User Type | picklist 40 | ro restricted values=USER_TYPE
LanguageLocaleKey | Language | picklist 40 | required restricted values=LANGUAGE
EmployeeNumber | Employee Number | string 20
ManagerId | Manager ID | reference | perm to=User
LastLoginDate | Last Login | datetime | ro
LastPasswordChangeDate | Last Password Change or Reset | datetime | ro
{CREATED}
NumberOfFailedLogins | Failed Login Attempts | int 9 | ro
ForecastEnabled | Allow Forecasting | boolean
ContactId | Contact ID | reference | perm noupdate to=Contact child=Users
AccountId | Account ID | reference | ro to=Account child=Users
Extension | Extension | phone 40
FederationIdentifier | SAML Federation ID | string 512 | lookup
AboutMe | About Me | textarea 1000
FullPhotoUrl | Url for full-sized Photo | url 1024 | ro image
SmallPhotoUrl | Photo | url 1024 | ro image
DigestFrequency | Chatter Email Highlights Frequency | picklist 40 | required restricted defaulted values=DIGEST default=D
{VIEWED}
IndividualId | Individual ID | reference | to=Individual
"""  # noqa: E501 - one line a field

GROUP = """
Id | Group ID | id
Name | Name | string 40 | required noperm name
DeveloperName | Developer Name | string 80
Type | Type | picklist 40 | restricted values=GROUP_TYPE
Email | Email | email 255
OwnerId | Owner ID | reference | ro required defaulted to=User
CreatedDate | Created Date | datetime | ro required defaulted
LastModifiedDate | Last Modified Date | datetime | ro required defaulted
SystemModstamp | System Modstamp | datetime | ro required defaulted
"""

ORGANIZATION = f"""
Id | Organization ID | id
Name | Name | string 80 | required noperm name
Division | Division | string 80
{address("", "")}
Phone | Phone | phone 40
Fax | Fax | phone 40
PrimaryContact | Primary Contact | string 80
DefaultLocaleSidKey | Locale | picklist 40 | required restricted values=LOCALE
TimeZoneSidKey | Time Zone | picklist 40 | required restricted values=ZONE
LanguageLocaleKey | Language | picklist 40 | required restricted values=LANGUAGE
ReceivesInfoEmails | Info Emails | boolean
ReceivesAdminInfoEmails | Info Emails Admin | boolean
PreferencesRequireOpportunityProducts | RequireOpportunityProducts | boolean | ro
PreferencesTransactionSecurityPolicy | TransactionSecurityPolicy | boolean | ro
PreferencesTerminateOldestSession | TerminateOldestSession | boolean | ro
PreferencesConsentManagementEnabled | ConsentManagementEnabled | boolean | ro
PreferencesAutoSelectIndividualOnMerge | AutoSelectIndividualOnMerge | boolean | ro
PreferencesLightningLoginEnabled | LightningLoginEnabled | boolean | ro
PreferencesOnlyLLPermUserAllowed | OnlyLLPermUserAllowed | boolean | ro
FiscalYearStartMonth | Fiscal Year Starts In | int 9 | ro
UsesStartDateAsFiscalYearName | Fiscal Year Name by Start | boolean | ro
DefaultAccountAccess | Default Account Access | picklist 40 | ro restricted values=ACCESS
DefaultContactAccess | Default Contact Access | picklist 40 | ro restricted values=ACCESS
DefaultOpportunityAccess | Default Opportunity Access | picklist 40 | ro restricted values=ACCESS
DefaultLeadAccess | Default Lead Access | picklist 40 | ro restricted values=ACCESS
DefaultCaseAccess | Default Case Access | picklist 40 | ro restricted values=ACCESS
DefaultCalendarAccess | Default Calendar Access | picklist 40 | ro restricted values=ACCESS
DefaultPricebookAccess | Default Price Book Access | picklist 40 | ro restricted values=ACCESS
DefaultCampaignAccess | Default Campaign Access | picklist 40 | ro restricted values=ACCESS
DelegatedAuthenticationServiceUrl | Delegated Authentication Service Url | url 255 | ro
SystemModstamp | System Modstamp | datetime | ro required defaulted
ComplianceBccEmail | Compliance BCC Email | email 80 | ro
UiSkin | UI Skin | picklist 40 | restricted values=SKIN
SignupCountryIsoCode | Signup Country | string 2 | ro
TrialExpirationDate | Trial Expiration Date | datetime | ro
NumKnowledgeService | Knowledge Licenses | int 9 | ro
OrganizationType | Edition | picklist 40 | ro restricted values=ORG_TYPE
NamespacePrefix | Namespace Prefix | string 15 | ro
InstanceName | Instance Name | string 5 | ro
IsSandbox | Is Sandbox | boolean | ro
WebToCaseDefaultOrigin | Web to Cases Default Origin | string 40
MonthlyPageViewsUsed | Monthly Page Views Used | int 9 | ro
MonthlyPageViewsEntitlement | Monthly Page Views Allowed | int 9 | ro
IsReadOnly | Is Read Only | boolean | ro
CreatedDate | Created Date | datetime | ro required defaulted
CreatedById | Created By ID | reference | ro required defaulted to=User
LastModifiedDate | Last Modified Date | datetime | ro required defaulted
LastModifiedById | Last Modified By ID | reference | ro required defaulted to=User
"""
