"""The register of served houses from a file: CSV, or the workbook that ГИС ЖКХ exports."""
