from __future__ import annotations

from django.urls import path

from homeward.web.access import accounts, devices, me, people, signin

urlpatterns = [
    path("sign-in", signin.sign_in, name="sign-in"),
    path("sign-in/language", signin.door_language, name="door-language"),
    path("sign-in/code", accounts.code, name="code"),
    path("sign-in/as/<uuid:person_id>", signin.one_tap, name="one-tap"),
    path("sign-out", signin.sign_out, name="sign-out"),
    path("leave", signin.leave, name="leave"),
    path("blank", signin.blank, name="blank"),
    path("health", signin.health, name="health"),
    path("me", me.me, name="me"),
    path("me/language", me.my_language, name="my-language"),
    path("me/password", me.my_password, name="my-password"),
    path("people", people.people_list, name="people"),
    path("people/new", people.person_new, name="person-new"),
    path("people/<uuid:person_id>", people.person_page, name="person"),
    path("people/<uuid:person_id>/roles/<uuid:membership_id>/end", people.role_end, name="role-end"),
    path("people/<uuid:person_id>/roles/<uuid:membership_id>/confirm", people.role_confirm, name="role-confirm"),
    path("people/<uuid:person_id>/close", accounts.person_close, name="person-close"),
    path("people/<uuid:person_id>/open", accounts.person_reopen, name="person-reopen"),
    path("people/<uuid:person_id>/code", accounts.person_code, name="person-code"),
    path("teams", people.team_list, name="teams"),
    path("devices", devices.device_list, name="devices"),
    path("devices/new", devices.device_new, name="device-new"),
    path("devices/<uuid:device_id>", devices.device_page, name="device"),
    path("devices/<uuid:device_id>/cut-off", devices.device_revoke, name="device-revoke"),
]
