"""The scored XLSForm: a folder of CSV sheets, a workbook or an agency's own form -> an instrument, checks, an XForm."""
