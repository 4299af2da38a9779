"""What users ask beside a value: row by row, with more rows, and beside other estimators."""
