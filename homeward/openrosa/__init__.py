"""What ODK Collect, KoboCollect and Enketo speak: form list, form, manifest, media and submission over HTTP.

The contract is OpenRosa's, as these apps really behave: docs/openrosa.md. Nothing here opens a table or decides
anything; views authenticate a device, call `surveys`, and turn the outcome into the status that a phone understands.
"""
