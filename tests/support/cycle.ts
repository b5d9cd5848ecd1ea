// One group's cycle, in the types that were made of the document: what does not fit, does not compile.
import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

declare const process: { argv: string[] };

const [url, key] = process.argv.slice(2);
const api = createClient<paths>({
  baseUrl: url,
  headers: { Authorization: `Bearer ${key}` },
});

function sure<T>(answer: { data?: T; error?: { code: string; detail: string } }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  }
  return answer.data;
}

const names = ["C. S. Lewis", "J. R. R. Tolkien", "Owen Barfield", "Charles Williams"];
const group = sure(
  await api.POST("/v1/groups", {
    body: { name: "The Inklings", time_zone: "Europe/London" },
    headers: { "Idempotency-Key": crypto.randomUUID() },
  }),
);
const members: string[] = [];
for (const name of names) {
  const person = sure(
    await api.POST("/v1/people", { body: { name, time_zone: "Europe/London" } }),
  );
  const place = sure(
    await api.POST("/v1/groups/{group_id}/memberships", {
      params: { path: { group_id: group.id } },
      body: { person_id: person.id, starts_on: "2024-01-01" },
    }),
  );
  members.push(place.id);
}
const path = { group_id: group.id };
sure(await api.POST("/v1/groups/{group_id}/activate", { params: { path } }));
sure(
  await api.PUT("/v1/groups/{group_id}/cadence", {
    params: { path },
    body: { rrule: "FREQ=WEEKLY;BYDAY=TH", local_start: "2024-01-04T19:30:00", duration_minutes: 90 },
  }),
);
const ahead = sure(
  await api.GET("/v1/meetings", { params: { query: { group_id: group.id, state: "scheduled" } } }),
);
console.log(`${ahead.data.length} meetings are in the calendar.`);
const plan = sure(await api.GET("/v1/groups/{group_id}/rotation", { params: { path } })).plan;
console.log(`Hot seats are planned for ${plan.length} meetings.`);
const past = sure(
  await api.POST("/v1/meetings", {
    body: {
      group_id: group.id,
      local_start: "2025-01-02T19:30:00",
      duration_minutes: 90,
      backfill: true,
    },
  }),
);
const held = sure(
  await api.POST("/v1/meetings/{meeting_id}/record", {
    params: { path: { meeting_id: past.id } },
    body: {
      hot_seats: [{ membership_id: members[0], state: "done" }],
      commitments: [
        { membership_id: members[0], title: "Send two chapters", due_meeting_id: ahead.data[0].id },
      ],
    },
  }),
);
if (held.state !== "held") throw new Error(`the meeting is ${held.state}`);
const made = sure(
  await api.GET("/v1/commitments", { params: { query: { group_id: group.id } } }),
).data;
const kept = sure(
  await api.POST("/v1/commitments/{commitment_id}/keep", {
    params: { path: { commitment_id: made[0].id } },
    body: {},
  }),
);
console.log(`${kept.title}: ${kept.state}.`);
const wrong = await api.GET("/v1/people/{person_id}", {
  params: { path: { person_id: "per_01k0000000e008000000004zzz" } },
});
console.log(`A problem has a code: ${wrong.error?.code}.`);
console.log("Done.");
