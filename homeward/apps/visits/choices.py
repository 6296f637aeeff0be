"""The closed lists of visits and of attempts to reach somebody, in words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from homeward.domain import visiting


class Ways(models.TextChoices):
    """How a visit is made."""

    HOME = "home", _("At home")
    NEUTRAL = "neutral_place", _("At a neutral place")
    SCHOOL = "school", _("At school")
    GROUP = "group", _("In a group with others")
    PHONE = "phone", _("By telephone")


class Channels(models.TextChoices):
    """How somebody is tried."""

    HOME = "home", _("At home")
    NEUTRAL = "neutral_place", _("At a neutral place")
    SCHOOL = "school", _("At school")
    PHONE = "phone", _("By telephone")
    MESSAGE = "message", _("By a message")
    SOMEBODY = "somebody", _("Through somebody they trust")
    SECOND_CONTACT = "second_contact", _("Through the second contact")
    COMMUNITY = "community", _("Through the community")
    THEY_CAME = "they_came", _("They came to us")


class OnCard(models.TextChoices):
    """Every way that a safe-contact card opens or closes: all in which a visit is made, and two without a visit."""

    HOME = "home", _("At home")
    NEUTRAL = "neutral_place", _("At a neutral place")
    SCHOOL = "school", _("At school")
    GROUP = "group", _("In a group with others")
    PHONE = "phone", _("By telephone")
    MESSAGE = "message", _("By a message")
    SOMEBODY = "somebody", _("Through somebody they trust")


ON_CARD = tuple(OnCard)


class Likely(models.TextChoices):
    NO = "no", _("No")
    PERHAPS = "perhaps", _("Perhaps")
    YES = "yes", _("Yes")


class Days(models.TextChoices):
    MONDAY = "mon", _("Monday")
    TUESDAY = "tue", _("Tuesday")
    WEDNESDAY = "wed", _("Wednesday")
    THURSDAY = "thu", _("Thursday")
    FRIDAY = "fri", _("Friday")
    SATURDAY = "sat", _("Saturday")
    SUNDAY = "sun", _("Sunday")


class DayPart(models.TextChoices):
    MORNING = "morning", _("Morning")
    MIDDAY = "midday", _("Midday")
    AFTERNOON = "afternoon", _("Afternoon")
    EVENING = "evening", _("Evening")


class QuietReason(models.TextChoices):
    ASKED = "asked", _("The child or the family asked for it")
    DANGER = "danger", _("Contact could put somebody in danger")
    GRIEF = "grief", _("Grief or illness in the family")
    EVENT = "event", _("A feast, exam or harvest")
    OTHER = "other", _("Another reason")


class Goes(models.TextChoices):
    """Who makes the visit. Others than staff have no account here; no name of them is kept."""

    STAFF = "staff", _("A case worker")
    COLLEAGUE = "colleague", _("A colleague of another service")
    MONITOR = "community_monitor", _("A community monitor")
    VOLUNTEER = "volunteer", _("A volunteer")


IN_STEAD = tuple(
    each for each in Goes if each.value in visiting.IN_STEAD
)  # of a case worker: they look and bring word back, and ask nothing


class NotHeld(models.TextChoices):
    MOVED = "moved", _("They have moved")
    REFUSED = "refused", _("They did not want it")
    UNSAFE = "unsafe", _("It was not safe")
    ACCESS = "access", _("The place could not be reached")
    STAFF = "staff_absence", _("Nobody of ours could go")
    AWAY = "child_away", _("The child was away")
    NOBODY = "nobody_home", _("Nobody was there")
    PUT_OFF = "put_off", _("Put off to another day")
    MISTAKE = "by_mistake", _("Planned by mistake")
    OTHER = "other", _("Another reason")


class Alone(models.TextChoices):
    YES = "yes", _("Yes, apart from others")
    IN_SIGHT = "in_sight", _("In sight, but not in hearing of others")
    NO = "no", _("No")
    NOT_WANTED = "not_wanted", _("The child did not want it")
    NOT_SEEN = "not_seen", _("The child was not seen")


class OnTrack(models.TextChoices):
    YES = "yes", _("Yes")
    PARTLY = "partly", _("In part")
    NO = "no", _("No")
    NO_PLAN = "no_plan", _("There is no plan yet")


class Harm(models.TextChoices):
    """What a visit brought about, or a sign of it."""

    ATTENTION = "attention", _("Attention of others")
    RESENTMENT = "resentment", _("Resentment of others")
    DANGER = "danger", _("Danger for somebody")
    UNDERMINED = "undermined", _("The caregiver was weakened in front of others")
    DISTRESSED = "distressed", _("The child was distressed")


class HarmDone(models.TextChoices):
    """What was done about it."""

    TALKED = "talked", _("Talked about it with the child or family")
    CHANGED = "changed", _("The next visit is made in another way")
    STOPPED = "stopped", _("The visit was stopped")
    TOLD = "told", _("Told the supervisor")
    NOTHING = "nothing", _("Nothing yet")


class Promiser(models.TextChoices):
    """Who is to do what was agreed."""

    WE = "we", _("We")
    CAREGIVER = "caregiver", _("Caregiver")
    CHILD = "child", _("Child")
    SCHOOL = "school", _("The school")
    SERVICE = "service", _("Another service")
    COMMUNITY = "community", _("Somebody of the community")


class Kept(models.TextChoices):
    """What became of something agreed."""

    DONE = "done", pgettext_lazy("agreed", "Done")
    PARTLY = "partly", pgettext_lazy("agreed", "Done in part")
    NOT_YET = "not_yet", pgettext_lazy("agreed", "Not yet")
    NOT_NEEDED = "not_needed", pgettext_lazy("agreed", "No longer needed")
    MOVED = "moved", pgettext_lazy("agreed", "Moved to another day")
    NOT_COMING = "not_coming", pgettext_lazy("agreed", "It will not come")


class MovedReason(models.TextChoices):
    """Why something agreed comes on another day."""

    OTHERS = "others", _("Others have to decide first")
    PAPERS = "papers", _("Papers are missing")
    NO_MEANS = "no_means", _("There is no money for it yet")
    NOBODY_FREE = "nobody_free", _("Nobody had time for it")
    ACCESS = "access", _("The place could not be reached")
    FAMILY = "family", _("The child or the family asked for another day")
    OTHER = "other", _("Another reason")


class NotComing(models.TextChoices):
    """Why something agreed does not come. The reasons of gaps in services."""

    UNAVAILABLE = "unavailable", _("There is no such service here")
    FULL = "full", _("No room there now")
    CONDITIONS = "conditions", _("Their conditions do not fit the child")
    PAPERS = "papers", _("Papers are missing")
    TURNED_AWAY = "turned_away", _("They turned the child away")
    CLOSED = "service_closed", _("The service has closed")
    TOO_FAR = "too_far", _("Too far")
    TOO_COSTLY = "too_costly", _("Too costly")
    UNSAFE = "unsafe", _("The way there, or the place, is not safe")
    NO_MEANS = "no_means", _("There is no money or nobody for it")
    OTHER = "other", _("Another reason")


class ToldBy(models.TextChoices):
    """Who told the family that it does not come."""

    WE = "we", _("One of us")
    PROMISER = "promiser", _("Whoever had promised it")
    OTHER = "other", _("Somebody else")
    NOBODY = "nobody", _("Nobody yet")


class Corrected(models.TextChoices):
    """Why a visit that was recorded is corrected, or taken back."""

    MISTYPED = "mistyped", _("Typed wrongly")
    LEFT_OUT = "left_out", _("Something was left out")
    LEARNT = "learnt", _("We learnt more afterwards")
    MIXED_UP = "mixed_up", _("Mixed up with another visit")
    WRONG_CHILD = "wrong_child", _("It was the visit of another child")
    NO_VISIT = "no_visit", _("There was no such visit")
    TWICE = "twice", _("It was recorded twice")
    OTHER = "other", _("Another reason")


CORRECTIONS = (Corrected.MISTYPED, Corrected.LEFT_OUT, Corrected.LEARNT, Corrected.MIXED_UP, Corrected.OTHER)
TAKEN_BACK = (Corrected.WRONG_CHILD, Corrected.NO_VISIT, Corrected.TWICE, Corrected.OTHER)


class Observed(models.TextChoices):
    """What somebody who goes in the place of a case worker looks at, and brings back as ticks."""

    THERE = "there", _("The child was there")
    WELL = "well", _("The child played, greeted or talked as others of its age do")
    DAY = "day", _("The child has something to do in the day: school, training, play")
    CARED = "cared", _("Somebody looks after the child")
    CHANGED = "changed", _("Something at home is not as before")
    ASKS = "asks", _("The child or the family asks that the case worker comes")


class Voice(models.TextChoices):
    CHILD = "child", _("Child")
    CAREGIVER = "caregiver", _("Caregiver")


class Skipped(models.TextChoices):
    """Why the four questions were not asked."""

    NOT_WANTED = "not_wanted", _("Did not want to answer")
    NOT_ALONE = "not_alone", _("Could not be asked apart from others")
    UNSAFE = "unsafe", _("Asking was not safe")
    AWAY = "away", _("Was not there")
    TOO_YOUNG = "too_young", _("The child is too young")
    NO_TIME = "no_time", _("There was no time")


class Outcome(models.TextChoices):
    """What came of an attempt."""

    CHILD = "reached_child", _("Reached the child")
    CAREGIVER = "reached_caregiver", _("Reached the caregiver")
    SOMEBODY = "somebody_else", _("Reached somebody else")
    NO_ANSWER = "no_answer", _("No answer")
    DEAD = "number_dead", _("The number does not work")
    MOVED = "moved", _("They have moved")
    REFUSED = "refused", _("They want no contact")
    UNSAFE = "unsafe", _("It was not safe to go on")


class NextStep(models.TextChoices):
    AGAIN = "again", _("Try again in the same way")
    OTHER_WAY = "other_way", _("Try in another way")
    VISIT = "visit", _("Plan a visit")
    WAIT = "wait", _("Wait until they come")


class ContactKind(models.TextChoices):
    LOST = "lost", _("Lost")
    FOUND = "found", _("Found again")


class FoundHow(models.TextChoices):
    """How a child was found again: who was only heard of is not in contact yet."""

    SEEN = "seen", _("Seen or spoken with")
    HEARD = "heard", _("Only heard of where it is")


class LostReason(models.TextChoices):
    ALL_IN_VAIN = "all_in_vain", _("Every way was tried in vain")
    LEFT_PLACE = "left_place", _("They left, and nobody knows where to")
    LEFT_COUNTRY = "left_country", _("They left the country")
    UNSAFE = "unsafe", _("Trying further could harm")
