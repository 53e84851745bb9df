"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iamconsole.settings")

application = get_wsgi_application()

from iamconsole.start import bound_pages, refuse_wrong_keys, refuse_wrong_settings  # noqa: E402  (needs the applications)

refuse_wrong_settings()
bound_pages()
refuse_wrong_keys()
