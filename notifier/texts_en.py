"""English: the words of the team's chat. Keys and placeholders are those of `texts_id`."""

TEXTS = {
    "button.take": "I take it",
    "button.take-one": "I take {short}",
    "button.open-bot": "Open bot",
    "button.ask": "Ask complainant",
    "button.more": "More",
    "button.files": "Attachments ({count})",
    "button.approve": "Approve & send",
    "button.changes": "Ask for changes",
    "button.undo": "Do not send",
    "button.resubmit": "Submit again",
    "button.correct": "Send correction",
    "button.resend": "Send again",
    "button.sent": "It was sent",
    "button.copied": "Done, I sent it",
    "button.called": "Telephoned",
    "button.elsewhere": "Answered there",
    "button.anyway": "Send anyway",
    "button.join": "Join with {short}",
    "button.reject": "Not {short}",
    "button.split": "Split",
    "button.aside": "Not a complaint",
    "button.restore": "Restore",
    "button.restore-one": "Restore {short}",
    "button.promote": "Make a complaint {position}",
    "button.close": "Close",
    "button.reopen": "Reopen",
    "button.list-aside": "Set aside",
    "button.choose": "{number}",
    "button.show": "{number}",
    "button.drop": "Cancel",
    "role.clerk": "clerk",
    "role.team": "team",
    "role.coordinator": "coordinator",
    "role.head": "head of Puskesmas",
    "role.quality": "quality team",
    "role.unit": "unit",
    "role.dinas": "health office",
    "channel.email": "Email",
    "channel.manual": "Typed in",
    "channel.twilio": "Twilio",
    "channel.android": "SMS",
    "channel.gammu": "SMS",
    "medium.whatsapp": "WhatsApp",
    "medium.sms": "SMS",
    "medium.phone": "Telephone",
    "medium.counter": "Counter",
    "medium.box": "Suggestion box",
    "medium.letter": "Letter",
    "route.private": "PRIVATE",
    "route.public": "PUBLIC",
    "route.template": "PRIVATE, template",
    "route.manual": "carried by staff",
    "status.new": "new",
    "status.taken": "taken",
    "status.drafted": "draft awaits approval",
    "status.approved": "reply approved",
    "status.answered": "answered",
    "status.awaiting-complainant": "awaiting complainant",
    "status.escalated": "escalated",
    "status.closed": "closed",
    "status.set-aside": "not a complaint",
    "aside.automatic": "automatic mail",
    "aside.bounce": "bounce",
    "aside.list": "mailing list",
    "aside.junk": "junk folder",
    "aside.own": "own address",
    "aside.command": "word of command",
    "form.voice": "voice note",
    "form.sticker": "sticker",
    "form.photo": "photo",
    "form.video": "video",
    "form.document": "document",
    "form.location": "location",
    "form.contact": "contact",
    "form.reaction": "reaction",
    "form.forward": "forwarded message",
    "form.unsupported": "message of an unsupported kind",
    "message.voice": "🎧 listen",
    "message.forward": "forwarded",
    "message.edited": "edited",
    "message.withdrawn": "withdrawn by the sender",
    "card.new": "New complaint {number} · {channel}",
    "card.joined": "Further message for {number} · {channel}",
    "card.emergency": "🔴 Emergency",
    "card.messages": "{count} messages",
    "card.many": "New complaints: {count}",
    "card.many-line": "{number} · {channel}",
    "card.many-joined": "{number} · {channel} · further message",
    "card.alert-due": "Tell team by {due}",
    "card.answer-due": "Answer by {due}",
    "card.taken": "Taken by {name}",
    "card.status": "Status: {status}",
    "card.empty": "This card is void.",
    "card.plain": "Complaint {number}",
    "card.plain-how": "The full card cannot be shown. Send /daftar to the bot.",
    "window.closes": "WhatsApp window closes {due}",
    "window.closed": "WhatsApp window has closed",
    "window.at-once": "The WhatsApp window closes {due}: once approved it leaves at once.",
    "window.template": (
        "The WhatsApp window has closed: the complainant is told first, the text leaves when they "
        "answer LIHAT."
    ),
    "window.call": (
        "The complainant cannot be written to now (the WhatsApp window has closed without a "
        "template, or they want no messages): once approved, the answer is given by telephone."
    ),
    "call.title": "📞 Telephone the complainant {number}: the approved answer cannot be sent.",
    "call.text": "Read out to them:",
    "call.not-yours": "This complaint is in somebody else's hands by now.",
    "call.done": "The answer to {number} was given by telephone.",
    "call.needless": "No call is needed any more for the answer to {number}.",
    "party.unknown": "complainant (no contact)",
    "case.recorded": "Recorded as {number}.",
    "case.text": "Complaint {short}: {quote}",
    "case.more": "(+{count} messages)",
    "case.message": "Message {position}, {time}: {quote}",
    "case.about": "{number} · {channel}",
    "case.from": "From: {sender}",
    "case.subject": "Subject: {subject}",
    "case.files": "Attachments: {files}",
    "case.files-coming": "⏳ {count} attachments are still being fetched from the gateway.",
    "case.files-gone": "⚠ {count} attachments cannot be had from the gateway.",
    "case.unreadable": "⚠ Needs reading: not all of it could be read; the original is kept.",
    "case.other": "⚠ There is a message from {sender}; replies go to the complainant only.",
    "case.truncated": "⚠ This mail was too large and is cut off; the rest was not fetched.",
    "case.suggestion": "Perhaps the same as {number}.",
    "case.merged": "Joined with {number}.",
    "case.write": "Please write the reply, or",
    "case.joined": "Further message for {number}: {quote}",
    "case.automatic": "Automatic answer to the reply for {number}: {quote}",
    "case.automatic-how": (
        "A machine wrote this (an absence, a request to confirm the sender), not the citizen. "
        "It is set aside and not answered."
    ),
    "case.foreign": (
        "Somebody already answered {number} in the mail program. The reply from here is held."
    ),
    "case.foreign-done": "The answer from the mail program for {number} was decided on.",
    "file.caption": "{number} · Message {position}, {time}",
    "file.unsafe": (
        "⚠ A file of this kind is not sent here, because it can harm a telephone or computer. "
        "It stands in the mailbox; do not open it before your administrator has looked at it."
    ),
    "file.too-large": "⚠ Too large to be sent here. Open the mail itself in the mailbox.",
    "file.not-fetched": "⏳ Still being fetched from the gateway. Try again in a moment.",
    "file.unreadable": "⚠ Cannot be read from here. Open the mail itself in the mailbox.",
    "file.refused": "⚠ Telegram does not take this file. Open the mail itself in the mailbox.",
    "menu.title": "Choices for {number} (status: {status}):",
    "list.title": "Open complaints: {count}",
    "list.none": "No open complaints.",
    "list.line": "{number} · {channel} · {status}",
    "list.call": "📞 telephone the complainant",
    "list.rest": "and {count} more",
    "aside.title": "Set aside lately:",
    "aside.none": "Nothing was set aside.",
    "aside.message": "{position}. {reason} · {time} · {sender} · {subject}",
    "aside.case": "{number} · not a complaint",
    "reply.first": "Complaint and draft {version}. Goes to: {channel}, {route}.",
    "reply.next": (
        "Draft {version} is ready. Complaint and draft {version}. Goes to: {channel}, {route}."
    ),
    "reply.to": "To: {recipient}",
    "reply.complaint": "Complaint {number}: {quote}",
    "reply.draft": "Draft {version}:",
    "reply.question": "This is a question to the complainant, not the answer.",
    "reply.correction": "This corrects the earlier reply.",
    "reply.void": "This draft is void.",
    "reply.waits": "Awaits the {role}.",
    "reply.approved": "Approved already.",
    "reply.long": "The draft is too long to be shown whole; ask for a shorter one.",
    "reply.forwarded": "Draft {version} was passed to the {role}.",
    "reply.note": "Changes are asked for draft {version}, {number}: {quote}",
    "reply.note-how": "Answer this message with the next draft.",
    "reply.approved-at": "✅ Draft {version} approved {approved}",
    "reply.leaves": ", sent {time}.",
    "reply.again": ", tried again {time}.",
    "reply.by-hand": ", waits for staff to carry it.",
    "reply.waits-window": (
        ". The WhatsApp window has closed: the complainant is told first, the text leaves when "
        "they answer LIHAT."
    ),
    "reply.waits-call": ", waiting to be given by telephone.",
    "reply.foreign": ", held: there is an answer from the mail program.",
    "reply.leaving": ", being handed to the gateway.",
    "reply.cancelled": ", then called back; not sent.",
    "reply.superseded": ", then replaced by a newer draft.",
    "reply.failed": ", could not be sent.",
    "reply.doubt": ", not known to have reached the gateway.",
    "reply.receipt": "📨 Accepted by the gateway {accepted}",
    "reply.receipt-hand": "📨 Carried by staff {accepted}",
    "reply.receipt-void": "⚠ It has not reached the complainant after all.",
    "reply.receipt-phone": "📞 Given by telephone {accepted}",
    "reply.delivered": " · delivered {delivered}",
    "reply.read": " · read",
    "reply.parts": "Leaves as {parts} messages, in order.",
    "reply.segments": "SMS: {segments} segments.",
    "check.phone": "⚠ Holds a telephone number ({hint}) that is not ours. Is that meant?",
    "check.email": "⚠ Holds an email address ({hint}) that is not ours. Is that meant?",
    "check.opted-out": "⚠ The complainant refuses messages (STOP); this is not sent to them.",
    "reply.undone": "Draft {version} was called back and not sent.",
    "reply.in-doubt": (
        "⚠ Nobody knows whether the reply for {number} (draft {version}) reached the gateway."
    ),
    "reply.look-first": "Look into the Sent folder, then choose:",
    "reply.look-first-chat": "Look at the provider's account or the gateway's phone, then choose:",
    "reply.which-part": "This is message {position} of {parts}; those after it wait for it.",
    "reply.coordinator-decides": "The coordinator decides.",
    "reply.came-back": (
        "⚠ The reply for {number} (draft {version}) could not be delivered and came back. {reason}"
    ),
    "reply.still-open": "This complaint still waits for an answer.",
    "reply.still-due": "This complaint still waits for an answer; it stays due by {due}.",
    "reply.newer": "There is a newer draft; this one is not sent again.",
    "reply.no-way-back": (
        "There is no way back by email: the sender's address takes no replies. Once approved, "
        "the answer is passed on by a person in another way."
    ),
    # Why it came back, and what to do about it.
    "reply.no-such-address": "There is no such address ({code}).",
    "reply.no-such-domain": "There is no such email domain ({code}).",
    "reply.mailbox-off": "The mailbox is no longer in use ({code}).",
    "reply.mailbox-full": "The mailbox is full ({code}).",
    "reply.too-large": "The mail is too large ({code}).",
    "reply.spam": "It was refused as spam ({code}).",
    "reply.policy": "The receiving server's rules refused it ({code}).",
    "reply.unreachable": "The receiving server could not be reached ({code}).",
    "reply.reason-unknown": "The reason is not known ({code}).",
    "reply.reason-none": "The reason is not known.",
    "reply.do-other-way": (
        "Reach the citizen in another way, or ask for the right address: sent there again, it "
        "comes back again."
    ),
    "reply.no-such-number": "There is no such number, or it takes no messages ({code}).",
    "reply.phone-off": "The citizen's phone cannot be reached ({code}).",
    "reply.opted-out": "The citizen wants no messages.",
    "reply.do-by-phone": "Telephone the citizen, or reach them in another way.",
    "reply.do-later": "[Send again] tomorrow, or reach the citizen in another way.",
    "reply.do-shorter": "Write a shorter answer, or reach the citizen in another way.",
    "reply.do-technician": (
        "Tell the technician (our mail account), and reach the citizen in another way."
    ),
    "reply.do-either": "[Send again], or reach the citizen in another way.",
    "reply.refused": "⚠ The reply for {number} (draft {version}) could not be sent. {reason}",
    "reply.settled": "Decided: draft {version} for {number}.",
    "reply.copy": (
        "The reply for {number} is approved. Copy it and pass it on by {channel} to {recipient}:"
    ),
    "reply.copied": "The reply for {number} was passed on.",
    "cut": "… (cut; the whole is in the register)",
    "notice.other": "Something changed about this complaint.",
    "notice.welcome": "Welcome, {name}. You are enrolled as {role}. Type /bantuan for help.",
    "notice.help": (
        "Tap [I take it] on a card in the group; the complaint appears here. Answer that message "
        "to write a draft.\n/catat TEXT: record what came by WhatsApp, telephone, counter or box\n"
        "/daftar: open complaints\n/balas NUMBER TEXT: write a draft\n"
        "/setujui NUMBER: see a draft, then approve it\n/bantuan: this help"
    ),
    "notice.write-note": "Write what is to be changed; your next message goes to the clerk.",
    "notice.note-passed": "The note was passed to the clerk.",
    "notice.no-approver": "No {role} is enrolled with the bot yet, so the draft waits.",
    "notice.answered-elsewhere": "Noted: answered in the mail program.",
    "notice.send-anyway": "The reply from here is sent all the same.",
    "notice.set-aside": "Marked as not a complaint. [More] takes it back.",
    "notice.restored": "Restored as a complaint.",
    "notice.closed": "Closed. [More] reopens it.",
    "notice.reopened": "Reopened.",
    "notice.joined": "Joined with {number}.",
    "notice.files-left-out": (
        "The newest attachments follow. {count} older ones are left out; open them in the mailbox."
    ),
    "notice.split": "Split again.",
    "notice.write-question": "Write the question; your next message becomes its draft.",
    "notice.write-correction": "Write the correction; your next message becomes its draft.",
    "notice.which-case": "Which complaint was that for?",
    "notice.which-draft": "There is more than one of that number. Which draft?",
    "notice.no-case": (
        "That was for no complaint yet. Tap [I take it] first, or use /balas NUMBER TEXT."
    ),
    "notice.tap-first": (
        "To ask for changes, tap [Ask for changes]. To write a reply yourself, use "
        "/balas NUMBER TEXT."
    ),
    "notice.in-private": "Write replies in this private chat, not in the group.",
    "notice.text-only": "Only text can be taken here; no photos or voice yet.",
    "notice.which-facility": (
        "You work for several facilities, so it is not clear which one this is for. Answer the "
        "case's message, or write the command in that facility's group."
    ),
    "notice.elsewhere": "You do not work for this facility, so nothing was done.",
    "notice.how-reply": "Write /balas NUMBER TEXT, for example: /balas 0042 We are sorry …",
    "notice.how-approve": "Write /setujui NUMBER, for example: /setujui 0042",
    "notice.unknown-command": "That command is not known yet. Type /bantuan.",
    "notice.paste": "Paste the complaint here.",
    "notice.medium": "How did this complaint come?",
    "notice.recording": "Being recorded; its number follows.",
    "notice.dropped": "Dropped; nothing was recorded.",
    "notice.group-removed": (
        "⚠ The bot is no longer in the team's group, or the group was deleted. Add it again, or "
        "have another group configured. Cards wait and appear after that."
    ),
    "notice.group-restricted": (
        "⚠ The bot may not write in the team's group. Allow it to, or make it an admin; reopen the "
        "general topic if that is closed. Cards wait and appear after that."
    ),
    "notice.person-lost": (
        "⚠ {name} blocked the bot or has not pressed Start. What is for them waits; ask them to "
        "open the bot and press Start."
    ),
    "notice.listening-conflict": (
        "⚠ Another program uses this bot, so taps and messages may come late. Have it stopped, or "
        "have the token changed at @BotFather."
    ),
    "notice.listening-back": (
        "Telegram is connected again after {minutes} minutes. Taps and messages of that time are "
        "being processed; those older than 24 hours are lost and have to be repeated."
    ),
    "notice.via-bot": "Messages through other bots are not taken. Write here yourself.",
    "notice.edit-ignored": (
        "Changes to an earlier message are not read; what was done stays. Send a new message."
    ),
    "notice.edit-old": (
        "The message you changed is no longer the newest draft, so nothing changed. Send a new "
        "draft if needed."
    ),
    "notice.edit-approved": (
        "That draft is approved already, so your change does not count. What was approved is sent; "
        "call it back, or send a correction afterwards."
    ),
    "notice.update-failed": "⚠ Your last message could not be processed. Try once more.",
    "notice.digest-mismatch": "⚠ The reply changed after its approval and was not sent. Resubmit.",
    "notice.send-delayed": "⚠ The reply could not be sent yet; we keep trying. {why}",
    "notice.quarantined": (
        "⚠ {count} deliveries could not be recorded (delivery {ids}); the originals are kept.\n"
        "Ask the technician to run tanggap doctor, then tanggap replay."
    ),
    "notice.channel-auth": (
        "⚠ Account {account} is refused, nothing comes in. Check user name, password or token in "
        "the configuration; run: tanggap doctor"
    ),
    "notice.channel-broken": "⚠ Account {account} cannot be used; run: tanggap doctor",
    "notice.channel-silent": (
        "⚠ Nothing could be fetched from {account} for half an hour. Check the internet; run: "
        "tanggap doctor"
    ),
    "notice.channel-back": "Account {account} works again.",
    "notice.went-by-mail": "While the chat was down, {count} complaints were told by email.",
    "notice.window-late": (
        "⚠ This answer has not arrived after all: the WhatsApp window had closed. The text waits, "
        "and leaves again only when the complainant writes; otherwise it is told by telephone."
    ),
    "notice.window-closing": (
        "⏳ The WhatsApp window closes {due} and this complaint is not answered yet. After that an "
        "answer can leave only when the complainant has written again, or be given by telephone."
    ),
    "notice.clock-behind": "⚠ The computer's clock is behind; numbers and replies wait. Set it.",
    "notice.refused-not-allowed": "This is not for a {role} to do.",
    "notice.refused-already-taken": "Already taken by {name}.",
    "notice.refused-no-such-complaint": "There is no complaint of that number.",
    "notice.refused-not-current": "This draft is void; the newest is draft {version}.",
    "notice.refused-already-approved": "This draft is approved already.",
    "notice.refused-already-sent": "The gateway has this reply already.",
    "notice.refused-too-late-to-undo": "Too late to call it back. Use [Send correction].",
    "notice.refused-still-sending": "The reply is still on its way. Try again shortly.",
    "notice.refused-clock-behind": (
        "The computer's clock is behind, so no number can be given. Set it right, then try again."
    ),
    "notice.refused-no-draft": "There is no draft for this complaint yet.",
    "notice.refused-empty-text": "It is empty.",
    "notice.refused-too-long": "Too long; at most {limit} characters.",
    "notice.refused-has-nik": (
        "Not possible: it holds what looks like an identity number, NIK ({hint}). Take that "
        "number out, then write the draft again."
    ),
    "notice.refused-has-bpjs": (
        "Not possible: it holds what looks like the number of a BPJS card ({hint}). Take that "
        "number out, then write the draft again."
    ),
    "notice.refused-nothing-to-do": "Done already; nothing changed.",
    "notice.refused-code-unknown": "That code is wrong, used or expired.",
    "notice.pin-locked": (
        "⚠ The PIN of {name} for the PC was wrong five times and is locked for 15 minutes. If it "
        "was not {name} who tried, tell the technician."
    ),
    "notice.refused-wrong-step": "It is the {role}'s turn to approve.",
    "toast.done": "Done.",
    "toast.start": "Noted. Tap [Open bot], then Start, so that it can be sent to you.",
    "toast.old": "This button is void.",
    "stranger": (
        "This account is not enrolled with Tanggap. Ask the coordinator for a code, then send: "
        "/start CODE"
    ),
    "masked.group": (
        "An anonymous admin cannot be told apart, so nothing was done. Turn off “Remain "
        "anonymous” in the group's admin settings, or write to the bot in private."
    ),
    "masked.channel": (
        "Whoever writes as a channel cannot be told apart, so nothing was done. Write as yourself, "
        "or to the bot in private."
    ),
}
