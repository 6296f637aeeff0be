def x(request, **k): ...


imports = import_new = import_page = import_cancel = x
