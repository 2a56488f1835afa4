"""Results of SOQL: pages of records, files of bulk jobs."""
