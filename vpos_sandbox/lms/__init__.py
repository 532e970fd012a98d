"""A small learning platform that answers as Moodle and as Open edX do; one set of tables behind both."""
