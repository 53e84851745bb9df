"""Names are ordered by code point on PostgreSQL too, as SQLite does, whatever the locale of the database.

Lists go on behind the last name shown: with collation "C" the index has the order of the list.
"""

from django.db import migrations

COLUMNS = {
    "credentials_servercertificate": ("name_folded", 128),
    "credentials_virtualmfadevice": ("serial_number", 256),
}


def by_code_point(apps, schema_editor):
    change(schema_editor, '"C"')


def by_locale(apps, schema_editor):
    change(schema_editor, '"default"')


def change(schema_editor, collation):
    if schema_editor.connection.vendor == "postgresql":
        for table, (column, length) in COLUMNS.items():
            statement = (
                f"ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({length}) COLLATE {collation}"
            )
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("credentials", "0005_read_single_reads")]

    operations = [migrations.RunPython(by_code_point, by_locale)]
