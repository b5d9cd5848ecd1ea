"""An example of each problem by its code: what an answer says to a person.

The statuses are those of the kinds of refusals in `app.api.errors`. Kept in the order of the codes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A status, the `detail`, and where one field is to blame the pointer to it."""

    status: int
    detail: str
    pointer: str | None = None


EXAMPLES = {
    "address_missing": Example(
        422,
        "This person has no e-mail address: send one, or give them one first.",
        "/settings/address",
    ),
    "agenda_empty": Example(422, "Give at least one segment.", "/segments"),
    "agenda_frozen": Example(409, "The meeting is live: its agenda stands as it is."),
    "agenda_too_long": Example(
        422,
        "With 4 people the segments take 238 minutes, 148 more than the 90 of the "
        "meeting. Shorten them or lengthen the meeting.",
        "/duration_minutes",
    ),
    "already_decided": Example(409, "This request is granted already."),
    "already_exists": Example(
        412,
        "The resource is there, in a state that your If-None-Match leaves out. Read it, "
        "and send its ETag in If-Match to change it.",
    ),
    "already_member": Example(
        409,
        "This person is a member of the group on some of these days already: choose "
        "other dates, or change that membership.",
    ),
    "already_organizer": Example(409, "This person is an organizer of the group."),
    "already_requested": Example(409, "The member has asked for this already."),
    "already_seated": Example(
        409, "The member has, or has let go by, a hot seat in that meeting already."
    ),
    "answer_erased": Example(
        409,
        "The first call with this Idempotency-Key was done. Its answer is gone: a person of "
        "the workspace was erased since, and all kept answers with them.",
    ),
    "backfill_in_future": Example(
        422, "Only a meeting of the past can be backfilled: leave backfill out.", "/backfill"
    ),
    "bad_actor": Example(403, "Hotseat-Actor must name a person of this workspace."),
    "batch_refused": Example(
        422,
        "Nothing was written: 2 of 40 items were refused. `errors` says which and why.",
        "/items/3/person_id",
    ),
    "before_opening": Example(
        409,
        "The group brought its credits along as of 2026-01-01: meetings up to that day are in "
        "them, and would count twice.",
    ),
    "beyond_plan": Example(
        409, "Hot seats are given for the next twelve meetings only: ask again later."
    ),
    "body_too_large": Example(413, "Send at most 1048576 bytes."),
    "body_too_slow": Example(408, "The body did not arrive within 15 seconds. Nothing was done."),
    "cadence_incomplete": Example(
        422, "The group has no cadence yet: send local_start, duration_minutes too.", "/local_start"
    ),
    "calendar_taken": Example(409, "Another target writes to this calendar."),
    "check_in_in_future": Example(
        422,
        "A check-in tells of what was: choose an instant that has passed, or none for now.",
        "/at",
    ),
    "commitment_fixed": Example(
        409,
        "Whose promise it is stays, and so does where it was made. Renegotiate it to move its due.",
    ),
    "conflicting_change": Example(
        409, "Somebody changed the same resource at the same time. Read again and repeat."
    ),
    "credits_unbalanced": Example(
        422, "Credits sum to 0: what one member is owed, the others owe.", "/credits"
    ),
    "database_busy": Example(503, "The database did not answer, or not in time. Repeat the call."),
    "delivery_pending": Example(409, "A later delivery of the same object is on its way."),
    "due_in_past": Example(
        422, "This due date has gone by: choose a later date, or a meeting that has not closed."
    ),
    "due_out_of_range": Example(
        422, "A due date lies between 1970-01-01 and 2199-12-31.", "/due_on"
    ),
    "due_required": Example(
        422, "Say when it is due: send either due_on or due_meeting_id.", "/due_on"
    ),
    "effective_too_late": Example(
        422, "A cadence gives way to another within a year.", "/effective_from"
    ),
    "email_taken": Example(409, "Another person has this e-mail already.", "/email"),
    "ended_before_start": Example(
        422, "The meeting ended after it started, and before now.", "/ended_at"
    ),
    "endpoint_disabled": Example(
        409, "The service has disabled the endpoint: `enable` turns it on again."
    ),
    "endpoint_not_enabled": Example(
        409, "Nothing is sent while the endpoint is not enabled. Enable it first."
    ),
    "ends_before_start": Example(
        422,
        "The last day lies before the first: choose an ends_on on or after starts_on.",
        "/ends_on",
    ),
    "event_expired": Example(409, "The event was of use only for a time, and that is over."),
    "event_unknown": Example(
        410,
        "This event is not, or no longer, kept. Read the resources that you keep copies"
        " of again, then start over without a cursor.",
    ),
    "events_expired": Example(
        410,
        "The events behind this place are no longer kept. Read the resources that you "
        "keep copies of again, then start over without a cursor.",
    ),
    "expires_in_the_past": Example(
        422, "The key would have expired already: choose a later time.", "/expires_at"
    ),
    "external_id_taken": Example(
        409, "Another resource has this external_id already.", "/external_id"
    ),
    "feed_of_one": Example(
        422, "Name the group or the person whose feed it is: one of the two.", "/group_id"
    ),
    "format_in_use": Example(
        409, "Agendas name this format: give their hot seats another one first."
    ),
    "format_name_malformed": Example(
        422, "A name is a lower-case letter, then up to 39 letters, digits or underscores.", "/name"
    ),
    "format_shipped": Example(409, "This format comes with the service, and stays."),
    "group_closed": Example(409, "This group is closed for good; it does not meet."),
    "group_full": Example(409, "All 8 places are taken: end a membership before this one starts."),
    "had_hot_seat": Example(
        409,
        "This member has or had a hot seat at this meeting, so they were there: if they went "
        "before its end, mark them left_early.",
        "/status",
    ),
    "history_exists": Example(409, "The group has held meetings: its credits follow from those."),
    "hot_seat_elsewhere": Example(422, "This hot seat belongs to another meeting.", "/hot_seat_id"),
    "hot_seat_format_unknown": Example(422, "format"),
    "hot_seat_gone": Example(
        409, "The plan has just given this hot seat to somebody else; `facts` say who has which."
    ),
    "hot_seat_not_begun": Example(
        409, "This hot seat has not begun: its outcome comes afterwards."
    ),
    "hot_seat_not_live": Example(409, "This hot seat is announced, not live: start it first."),
    "hot_seat_not_open": Example(
        409,
        "This hot seat is done; only a planned or announced one allows this. What the record of a "
        "meeting says wrongly, `POST /meetings/{id}/correct` puts right.",
    ),
    "hot_seat_not_passed": Example(
        409, "This hot seat is done; only one that was passed can be taken back."
    ),
    "hot_seat_running": Example(409, "Another hot seat of this meeting runs: finish it first."),
    "https_required": Example(422, "Use an https URL: the password would travel in the clear."),
    "idempotency_in_progress": Example(
        409, "The first call with this Idempotency-Key is still running. Repeat a little later."
    ),
    "idempotency_key_reused": Example(
        422,
        "This Idempotency-Key was used for another request, or on behalf of somebody else. "
        "Use a new one.",
    ),
    "if_match_required": Example(
        428, "This workspace demands If-Match: read the resource and send its ETag."
    ),
    "include_of_person": Example(
        422,
        "A group's feed shows its meetings; make a feed of the person for the rest.",
        "/include",
    ),
    "internal_error": Example(
        500, "Something went wrong on our side; nothing was changed. Quote the request_id."
    ),
    "invalid_characters": Example(422, "A text must not contain U+0000 or half a surrogate pair."),
    "invalid_cursor": Example(422, "A cursor looks like `1-42`, or `42`, or is an event's id."),
    "invalid_date_range": Example(422, "A range of dates ends on its first day or later."),
    "invalid_duration": Example(422, "A meeting lasts 15 to 720 minutes.", "/duration_minutes"),
    "invalid_idempotency_key": Example(
        422, "Idempotency-Key has 1 to 255 printable ASCII characters."
    ),
    "invalid_local_start": Example(
        422,
        "Send a local date and time without an offset, in whole minutes, from 1970 to 2099.",
        "/local_start",
    ),
    "invalid_rrule": Example(
        422, "UNTIL is a date (20261231), a local time (20261231T190000) or UTC (…Z).", "/rrule"
    ),
    "invalid_transition": Example(409, "A commitment that is kept cannot keep."),
    "kept_before_made": Example(
        422, "A promise cannot have been kept before it was made: check kept_on.", "/kept_on"
    ),
    "kept_on_in_future": Example(
        422, "A promise is marked as kept once it is: kept_on is today at the latest.", "/kept_on"
    ),
    "key_not_active": Example(409, "This key is revoked or has expired: create a new one."),
    "last_hot_seat": Example(
        409, "No hot seat follows this one: start it, or skip it so that somebody takes over."
    ),
    "last_phase": Example(409, "No phase follows: finish the hot seat."),
    "leave_ends_before_start": Example(
        422, "The last day of the leave lies before the first.", "/last_on"
    ),
    "leave_outside_membership": Example(422, "A leave lies within the dates of its membership."),
    "leave_overlaps": Example(
        409, "Another leave covers some of these days: delete it, or choose other days."
    ),
    "leave_too_long": Example(
        422, "A leave lasts 366 days at most: end the membership instead.", "/last_on"
    ),
    "log_restarted": Example(
        410,
        "The log has started anew. Read the resources that you keep copies of again, "
        "then start over without a cursor.",
    ),
    "mail_not_configured": Example(
        409, "This service sends no mail: its operator has to set HOTSEAT_SMTP_URL."
    ),
    "malformed_json": Example(400, "The body is not JSON: Expecting value"),
    "meeting_fixed": Example(409, "A meeting stays with its group."),
    "meeting_not_live": Example(409, "The meeting is scheduled: start it first."),
    "meeting_not_paused": Example(409, "The meeting is not paused."),
    "meeting_off": Example(
        409, "This meeting is cancelled: name another one, or a date.", "/due_meeting_id"
    ),
    "meeting_over": Example(
        409, "Urgent hot seats are asked for and given before a meeting begins."
    ),
    "meeting_paused": Example(409, "The meeting is paused: resume it first."),
    "meeting_reopened": Example(
        409, "The meeting was reopened to be corrected; its clock does not run any more."
    ),
    "member_away": Example(
        409, "This member is away that evening, or has left: mark them present first."
    ),
    "member_not_expected": Example(
        409, "The member is not expected at that meeting: choose somebody else."
    ),
    "membership_ended": Example(
        409, "This membership has ended: only members make promises to the group.", "/membership_id"
    ),
    "membership_fixed": Example(
        409,
        "A membership stays with its group and person: end it, and create another.",
        "/external_id",
    ),
    "minimum_missing": Example(422, "minimum_minutes"),
    "minimum_out_of_range": Example(422, "minimum_minutes"),
    "minimum_reached": Example(
        409,
        "This hot seat had its guaranteed minimum, so it took place: finish it without "
        "`interrupted`.",
    ),
    "minutes_out_of_range": Example(422, "minutes is at least 1."),
    "missing_scope": Example(403, "This key lacks the scope “write”. Use a key that has it."),
    "more_seats_than_people": Example(
        422, "A member has one hot seat a meeting: 9 seats are too many for 8.", "/segments"
    ),
    "named_twice": Example(422, "Name each member once."),
    "no_seat_left": Example(
        409, "All hot seats of this meeting are fixed: wish for fewer urgent ones."
    ),
    "no_such_version": Example(
        412, "There is no such resource yet: send it without If-Match to create it."
    ),
    "no_template_fits": Example(
        422,
        "The shortest template takes 60 minutes: give an agenda, or more time.",
        "/duration_minutes",
    ),
    "not_a_collection": Example(422, "Send the plain URL, without ? and #."),
    "not_a_member_then": Example(
        422, "This is no membership of the group on the day of the meeting."
    ),
    "not_for_mail": Example(409, "There is nothing to look for in a mailbox."),
    "not_found": Example(404, "There is no such group."),
    "not_for_members": Example(
        403, "The logs of a workspace are for the app itself: ask without Hotseat-Actor."
    ),
    "not_late": Example(422, "minutes_late belongs to the status late."),
    "not_one_rrule": Example(
        422, "Send one RRULE on one line: the start belongs in local_start, days off in except."
    ),
    "not_whole_minutes": Example(422, "A meeting starts on a whole minute.", "/starts_at"),
    "not_you": Example(403, "This is for the person alone: act as them."),
    "not_your_figures": Example(
        403, "A member's figures are for the member and for the group's organizers."
    ),
    "not_your_group": Example(403, "A group's figures are for its members and organizers."),
    "not_yours_to_say": Example(
        403,
        "You can say this of yourself; of others, the evening's facilitator and the "
        "group's organizers can.",
    ),
    "one_address": Example(
        422,
        "Send `url`, the collection of one calendar, or `server_url`, where to look for"
        " it: one of the two.",
        "/settings/url",
    ),
    "opening_in_future": Example(422, "Credits are as of today or an earlier day.", "/as_of"),
    "organizers_only": Example(403, "Only an organizer of the group can do this."),
    "overloaded": Example(
        503, "The service has too much to do. Nothing was done; repeat after 1 second."
    ),
    "own_buddy": Example(422, "A buddy is somebody else.", "/buddy_membership_id"),
    "owner_required": Example(
        422,
        "Say whose promise it is: send membership_id, or person_id and group_id.",
        "/membership_id",
    ),
    "pause_ends_too_early": Example(
        422,
        "The pause would be over already: choose an `until` from today on, not before `from`.",
        "/until",
    ),
    "person_erased": Example(
        409, "This person was erased; add them as a new one if they have come back."
    ),
    "person_in_use": Example(
        409, "This person has a place or an office in a group, and the group's history rests on it."
    ),
    "phase_name_malformed": Example(
        422, "A name is a lower-case letter, then up to 39 letters, digits or underscores."
    ),
    "phase_name_taken": Example(422, "Another phase is called advise."),
    "place_out_of_range": Example(422, "A place is a number from 1 to 8.", "/place"),
    "place_taken": Example(
        409, "Place 3 is taken: choose a free one, or leave the place out.", "/place"
    ),
    "reason_required": Example(422, "Say why, in a few words.", "/reason"),
    "role_stands": Example(
        409,
        "The meeting has begun, so the rotation gives this role to nobody else: name who takes it "
        "over, or leave it out.",
        "/facilitator",
    ),
    "role_vacant": Example(409, "Nobody is scribe at this meeting: let somebody take it over."),
    "rrule_matches_nothing": Example(
        422,
        "The rule names no day in forty years from local_start; check its days and months.",
        "/rrule",
    ),
    "rrule_number_too_large": Example(422, "COUNT is 5000 at most.", "/rrule"),
    "rrule_too_long": Example(422, "Keep the rule to 500 characters."),
    "rrule_until_before_start": Example(
        422, "UNTIL lies before local_start, so that no meeting is left.", "/rrule"
    ),
    "same_due": Example(422, "The promise is due then already: name another date or meeting."),
    "same_member": Example(
        422, "This is the member's own hot seat: name somebody else.", "/membership_id"
    ),
    "same_role": Example(422, "Name two roles, or another meeting.", "/with_role"),
    "seat_announced": Example(
        409, "This meeting's hot seats are announced: name one whose holder yields."
    ),
    "seated_absent": Example(
        422, "Whoever had a hot seat was there: mark them present, or take the hot seat back."
    ),
    "second_absorber": Example(422, "absorbs_overrun"),
    "segment_field_ambiguous": Example(422, "minutes_each"),
    "segment_field_missing": Example(422, "A segment of kind hot_seats needs seats."),
    "segment_field_unused": Example(422, "A segment of kind plenary takes no minutes_each."),
    "segment_id_malformed": Example(422, "id"),
    "segment_id_taken": Example(422, "id"),
    "settings_of_another_kind": Example(422, "Send settings of this target's kind.", "/settings"),
    "slot_begun": Example(409, "This slot has begun already."),
    "slot_is_hot_seat": Example(409, "This slot is a hot seat: start, finish or skip that."),
    "slot_not_running": Example(409, "This slot does not run: start it first."),
    "slot_of_other_kind": Example(
        422, "Hot seats are moved to the next meeting; everything else is dropped."
    ),
    "slot_skipped": Example(409, "This slot was left out already."),
    "stale_version": Example(
        412,
        "The resource has changed since you read it. Read it again, then repeat the "
        "call with its new ETag in If-Match.",
    ),
    "starts_in_past": Example(
        422,
        "This start has gone by: choose a later one, or set backfill for history.",
        "/starts_at",
    ),
    "status_too_early": Example(
        422, "Before the meeting a member is going, absent, or expected.", "/status"
    ),
    "status_too_late": Example(
        422,
        "From its start on a member is present, late, left_early, no_show, absent, or, with no "
        "mark, expected.",
        "/status",
    ),
    "target_has_its_calendar": Example(
        409, "This target has its calendar. For another one, create another target."
    ),
    "target_not_connected": Example(
        409,
        "This target has no calendar yet: see its `last_error`, and name one of its `calendars`.",
    ),
    "target_not_enabled": Example(
        409, "Nothing is sent while the target is not enabled. Enable it first."
    ),
    "target_removing": Example(
        409, "This target is being removed: wait until it is gone, or create another."
    ),
    "timed_out": Example(
        503, "The request took too long and was given up; nothing was changed. Repeat it later."
    ),
    "too_early": Example(409, "A meeting can be started from 30 minutes before its start on."),
    "too_few_members": Example(
        409, "A group needs 4 current members to be activated and has 3: add members first."
    ),
    "too_long_ago": Example(
        422, "Recovery reaches back 14 days; read what is older from /v1/events.", "/since"
    ),
    "too_many_endpoints": Example(
        409, "A workspace has 100 webhook endpoints at most. Remove one that nobody needs."
    ),
    "too_many_formats": Example(409, "A group has at most 20 formats of its own."),
    "too_many_requests": Example(
        429, "This API key has spent its calls of the minute. Wait 17 seconds."
    ),
    "too_many_streams": Example(
        429,
        "This key has 10 streams open, which is the most. Close one, or read pages of "
        "GET /v1/events.",
    ),
    "topics_of_person": Example(
        422, "Topics are shown to their own person: make a feed of the person.", "/topics"
    ),
    "two_beginnings": Example(
        422, "Send either since or meetings: both say where the window begins.", "#query/meetings"
    ),
    "two_dues": Example(
        422, "A promise is due on a date or at a meeting: send one of the two.", "/due_on"
    ),
    "unauthenticated": Example(401, "This API key is not known."),
    "unknown_event_type": Example(
        422,
        "No event type is named so; GET /v1/event_types lists them. A whole noun is "
        "written `meeting.*`, everything `*`.",
    ),
    "unknown_group": Example(422, "There is no such group."),
    "unknown_hot_seat": Example(422, "There is no such hot seat in this group.", "/hot_seat_id"),
    "unknown_meeting": Example(422, "There is no such meeting in this group."),
    "unknown_membership": Example(422, "There is no such membership in this group."),
    "unknown_offer": Example(422, "This proposal offers: smaller_promise, buddy, leave.", "/offer"),
    "unknown_parameter": Example(422, "Unknown query parameter colour; known are: cursor, limit."),
    "unknown_person": Example(
        422, "There is no such person: send the id of one of this workspace.", "/person_id"
    ),
    "unknown_slot": Example(422, "The meeting has no such slot."),
    "unknown_time_zone": Example(422, "Send the name of an IANA time zone, such as Europe/London."),
    "unsupported_media_type": Example(415, "Send JSON with `Content-Type: application/json`."),
    "unsupported_rrule_frequency": Example(422, "A group meets once a day at most."),
    "unsupported_rrule_part": Example(
        422,
        "BYSECOND is not supported; use BYDAY, BYMONTH, BYMONTHDAY, BYSETPOS, COUNT, "
        "FREQ, INTERVAL, UNTIL, WKST.",
        "/rrule",
    ),
    "unusable_address": Example(422, "No mail can be sent to this address.", "/settings/address"),
    "urgent_not_first": Example(
        409, "Another request for this meeting has the better claim: decide that one first."
    ),
    "urgent_refused": Example(
        409,
        "The hot seat would leave a credit below the least allowed. Swap with "
        "somebody, or let an organizer overrule with a reason.",
    ),
    "url_refused": Example(422, "use an http or https URL", "/settings/url"),
    "validation_failed": Example(
        422, "The request is not valid; `errors` says where and why.", "/name"
    ),
    "version_not_checked": Example(
        412, "This operation compares no versions: send it without If-Match."
    ),
    "warning_too_long": Example(
        422,
        "The warning comes before the end of a phase, and no phase is that long.",
        "/warning_seconds",
    ),
    "was_present": Example(
        409,
        "This member counts as present at a meeting outside these dates: correct its record "
        "first, or choose dates that cover it.",
    ),
    "window_reversed": Example(
        422, "The window ends before it begins: choose an until on or after since.", "/until"
    ),
}
