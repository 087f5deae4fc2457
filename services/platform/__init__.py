"""What any application needs: settings, database, languages, files, numbers, log."""
