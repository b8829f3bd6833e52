# What the bot says to residents, in English. Same keys and arguments as ru.ftl. "none" means: absent, the line is left out.

# --- buttons ---

button-report = Report a problem
button-status = My requests
button-faq = Ask a question
button-operator = Call a dispatcher
button-menu = Main menu
button-resume = Continue my report
button-continue = Continue
button-policy = Policy
button-back = Back
button-cancel = Cancel
button-safe = All is well
button-yes = Yes
button-no = No
button-house-none = Another house
button-keep = Keep as written
button-flat-none = Not in a flat
button-skip = Skip
button-skip-phone = No phone
button-skip-photo = No photo
button-done = Done
button-kind-other = Something else
button-confirm = Send
button-edit-address = Change address
button-edit-phone = Change phone
button-edit-problem = Change problem
button-edit-photo = Change photo
button-new = New request
button-add = Add to the request
button-drop = Cancel the request
button-drop-yes = Yes, cancel it
button-drop-no = No, keep it
button-solved = Yes, solved
button-unsolved = No, not solved
button-reopen = The problem is back
button-card = Open the request
button-forget-yes = Yes, delete
button-helped = Yes, it helped
button-not-helped = No
button-open-ticket = Make a request
button-open-anyway = Open a request anyway
button-channels = Messengers
button-link-code = Get a code
button-link-enter = Enter a code
button-push = Where to send answers
button-push-here = Where I make the request
button-take = Go on here
button-take-no = No, leave it

# --- commands: the list that the messenger itself shows ---

command-start = Start
command-report = Report a problem
command-status = My requests
command-question = Ask a question
command-dispatcher = Call a dispatcher
command-privacy = Personal data
command-help = What the bot can do

# --- menu and general ---

menu = How can I help? Describe the problem in your own words or press a button.
hello = Hello! How can I help? Describe the problem in your own words or press a button.
thanks = You are welcome! Write again whenever you need to.
announcements-off = All right, no more announcements; I will still write about your requests and about urgent matters. To have them again, write “subscribe”.
announcements-on = All right, you will get announcements. To stop them, write “unsubscribe”.
cancelled = All right, cancelled.
stale = This button no longer works.
not-understood = Sorry, I did not understand. Write what happened and where, or press a button.
foreign =
    Здравствуйте! Я бот и понимаю только по-русски. Напишите, пожалуйста, по-русски или позовите диспетчера{ $phone ->
        [none] .
       *[other] : { $phone }.
    } Если опасно, звоните 112.
    Hello! I am a bot and understand Russian only. Please write in Russian or press the button to call a dispatcher. In danger call 112.
text-too-long = That is a very long message. I took the first { $most } characters; you can send the rest separately.
location-thanks = Thank you for the location, but I cannot tell the house from it. Please write the address.
location-idle = I see the location but cannot tell the house from it. If something happened, write what and at which address.
contact-saved = I noted your phone: { $phone }. How can I help?
unsupported-sticker = I do not understand stickers. Please write in words.
voice-kept = I kept your voice message, a dispatcher will hear it. If you write, I understand at once.
voice-listening = I am listening, this takes up to a minute.
voice-heard = I heard: “{ $text }”. Is that right?
voice-wrong = Sorry, I misheard. Please write instead; a dispatcher will hear the voice message.
file-not-allowed = I cannot take such a file. Please send a photo, a PDF, a DOCX or XLSX document, or write instead.
file-too-big = The file is too big. Please send a smaller one or write instead.
file-lost = The file did not arrive. Please send it again or write instead.
link-house = Hello! You are at { $address }. Tell me what happened or choose a button: I have the address.
link-kept = You have begun a request for { $address }. I leave it as it is. If this is about { $house }, please say so.
unsupported-video = I cannot take videos. Please send a photo or describe it in words.
unsupported-too-big = The file is too big. Please send a smaller photo or describe it in words.
unsupported-empty = Your message came empty. Please write again.
unsupported-other = I cannot read this kind of message. Please write or send a photo.

# --- a rush ---

storm-notice =
    A great many people are writing right now, so my answers are short and late. Your message will not be lost. If the same problem in your house is known already, I will add you to that request.{ $phone ->
        [none] {""}
       *[other] {""}
            If it is urgent, call { $phone }.
    }
flood-notice =
    Too many messages came at once, I cannot answer each of them. All are stored, a dispatcher will see them. Please wait a minute and write in one message what happened and where.{ $phone ->
        [none] {""}
       *[other] {""}
            If it is urgent, call { $phone }.
    }

# --- emergencies: the very first thing a resident sees ---

emergency-gas =
    ⚠️ A smell of gas is dangerous.
    1. Do not switch lights or appliances on or off, do not ring doorbells, no open fire, no lift.
    2. If it is safe, close the gas valve and open the windows.
    3. Go outside. Warn your neighbours by knocking.
    4. From outside call 104 or 112: the bot cannot call for you.
    While you are where the gas is, do not use your phone; answer me from outside.
emergency-co =
    ⚠️ This may be carbon monoxide.
    1. Switch the heater or boiler off at once and open the windows.
    2. Take everybody into fresh air.
    3. Headache, sickness or sleepiness: call 103 or 112; the bot cannot call for you.
    4. Do not use the appliance until its flue has been checked.
emergency-fire =
    ⚠️ Fire or smoke.
    1. Call 101 or 112, tell the address, entrance and floor: the bot cannot call for you.
    2. Leave by the stairs. Do not use the lift.
    3. If there is smoke in the stairwell, stay in the flat: close the door, seal the gaps with wet cloth, go to a window or balcony and call for help.
emergency-lift =
    ⚠️ A person in the lift.
    1. Keep calm, the cabin is safe.
    2. Press the button that calls the lift dispatcher.
    3. Do not force the doors and do not try to climb out.
    4. If somebody is unwell or the lift dispatcher does not answer, call 112: the bot cannot call for you.
    You must be freed within 30 minutes.
emergency-electric =
    ⚠️ Danger of electric shock.
    1. Do not touch the board or the wires. Do not use water.
    2. Step back and keep children away.
    3. If it is safe, switch off the breaker of your flat.
    4. Smoke or fire: call 101 or 112; the bot cannot call for you.
emergency-flood =
    ⚠️ Water in the house.
    1. Water near sockets or the board: switch the breakers off, but do not step into the water.
    2. A leak in your flat: close the inlet valves. Water from above: knock at the neighbours' door.
    3. Hot water or steam: keep away, it burns.
    4. Take photos and videos before you clean up: they are needed for the report on the damage.
    If people are in danger, call 112.
emergency-falling =
    ⚠️ A dangerous place.
    1. Step well back and keep people away, children above all.
    2. If it can be done safely, fence the place off.
    3. Somebody is hurt: call 103 or 112; the bot cannot call for you.
emergency-police =
    ⚠️ This is for the police: call 102 or 112, the bot cannot call for you.
    If you are threatened, go to a safe place first.
emergency-health =
    ⚠️ If somebody is unwell, call 103 or 112: the bot cannot call for you.
    Tell address, entrance, floor and door code.
emergency-other =
    ⚠️ If lives are in danger, call 112: the bot cannot call for you.
    Go to a safe place and warn the people near you.
emergency-opened =
    Request No. { $number } is registered as an emergency, the dispatcher has been told.{ $phone ->
        [none] {""}
       *[other] {""}
            Emergency service, day and night: { $phone }.
    }
emergency-again = The emergency is already request No. { $number }. I added your message and called the dispatcher again.
emergency-ask-address = At which address is it? Street and house, and if you know them the entrance, floor and flat.
emergency-address-again = Noted. But the crew needs the address. Please write street and house number.
emergency-more = Added to request No. { $number }, the dispatcher will see it.
emergency-ask-phone = At which phone can we reach you?
emergency-complete = Thank you, the dispatcher has everything. I will tell you each step here. If there is no danger any more, press “All is well”.
emergency-safe = I am glad there is no danger. Write at once if anything changes.
emergency-safe-ticket = I am glad there is no danger. Request No. { $number } stays open. Cancel it?
emergency-form-left = I will not ask any more. The dispatcher keeps the request.
emergency-reminder = The dispatcher still needs your answer about the emergency.
emergency-form-closed = I no longer wait for your answer. The dispatcher keeps the request.

# --- personal data ---

consent-notice =
    Hello! I am a bot answering residents for { $company }.
    To take a request I write down the address, your name, phone and a description. The data serve only the work on the request. You can delete them at any time: write “Delete my data”.{ $policy ->
        [none] {""}
       *[other] {""}
            More: { $policy }
    }
    Press “Continue” to begin.
consent-again = I noted it and will answer right after this step. Press “Continue” or write “yes”.
consent-policy = Personal data policy: { $policy }
consent-policy-short =
    Your data in short.
    Who: { $company }.
    What: address, name, phone, text and photos of the request.
    Why: to take the request, do the work and answer you.
    To delete them write “Delete my data”.
consent-declined =
    All right, I write nothing down without your consent.{ $phone ->
        [none] {""}
       *[other] {""}
            You can make a request by phone: { $phone }.
    }
    If you change your mind, press “Continue”.
consent-emergency =
    Address and phone serve only the work on the request, { $company } gets them.{ $policy ->
        [none] {""}
       *[other] {" "}More: { $policy }
    }

# --- report ---

report-ask-address = At which address is the problem? Street, house and flat, for example: Sadovaya 12, flat 5.
report-confirm-house = Is it { $address }?
report-choose-house = Which house is it?
report-address-taken =
    Address: { $address }{ $apartment ->
        [none] {""}
       *[other] , flat { $apartment }
    }.
report-address-unknown = I did not find this house. Please write street and house number, for example: Sadovaya 12.
report-address-unknown-again = I still do not find this house. Try other words or keep it as it is: the dispatcher will check.
report-address-kept = I wrote the address down as it is: { $address }. The dispatcher will check it.
report-ask-apartment = { $address }. Which flat? If the problem is not in a flat, press the button.
report-apartment-wrong = I did not understand the flat number. Please write only the number, for example: 15.
report-ask-phone = At which phone can we reach you? You can add your name, for example: Anna, 8 900 000-00-00.
report-phone-wrong = This does not look like a phone number. Write it with its code, for example: 8 900 000-00-00.
report-ask-problem = What happened? Describe it in a sentence or two.
report-ask-details = { $problem }. Please describe it in more detail: what exactly and where.
report-problem-unclear = I do not see yet what happened. Please write a little more, for example: “the kitchen radiator leaks”.
report-ask-kind = Noted. What is it most like?
report-noted = Noted.
report-noted-problem = I see: { $problem }.
report-ask-photo = Send a photo if you have one: it helps the executor.
report-more-photos = Got it. Photos in the request: { $photos }. Send more or press “Done”.
report-photo-kept = I kept the photo.
report-photo-enough = That is { $most } photos already, enough for now.
report-summary =
    Please check:
    Address: { $address }{ $apartment ->
        [none] {""}
       *[other] , flat { $apartment }
    }
    Phone: { $phone ->
        [none] not given
       *[other] { $phone }
    }{ $name ->
        [none] {""}
       *[other] , { $name }
    }
    Problem: { $problem ->
        [none] something else
       *[other] { $problem }
    }
    Description: { $text }
    Photos: { $photos ->
        [0] none
       *[other] { $photos }
    }
    Is everything right?
report-edit-what = What shall I change? Press a button or write, for example, “change address”.
report-summary-unclear = I did not see what to change. Press “Send” or choose what to change.
report-no-way-back = This is the first question, there is nothing before it.
report-resumed = Let us continue your report.
report-cancelled = I am not sending the report. We can start again whenever you like.
ticket-opened =
    Request No. { $number } is registered.
    Problem: { $problem }{ $address ->
        [none] {""}
       *[other] {""}
            Address: { $address }
    }
    Time: { $created }
    Taken by: the bot, { $company }
    Due by the norms: { $due }
    A dispatcher will name an executor. Within 30 minutes I will tell you the planned term here, and then every change.

ticket-joined =
    This has been reported in your house already: request No. { $number }, { $problem }.
    I have added you to it and will tell you of every change here. Due: { $due }.

# --- draft ---

draft-reminder = You began a report and did not finish it. Shall we continue?
draft-closed = The report stayed unfinished for a day, so I closed it. If the problem is still there, write and we will start again.

# --- questions ---

faq-prompt = Ask in your own words, for example: “when do I send meter readings”.
faq-answer =
    { $question }

    { $answer }
faq-helped = Did this help?
faq-maybe = Perhaps you mean one of these?
faq-later = This seems to be another question. Let us finish the report first, then ask me again.
faq-glad = I am glad it helped. Anything else?
faq-sorry = I am sorry. I can make a request or call a dispatcher.

# --- outages that a dispatcher announced ---

outage-now =
    { $resource ->
        [hot_water] There is no hot water in your house now
        [cold_water] There is no cold water in your house now
        [heating] The heating of your house is off now
        [electricity] There is no electricity in your house now
        [gas] There is no gas in your house now
       *[lift] The lift of your house is out of order now
    }. It is promised to be { $resource ->
        [lift] repaired
       *[other] back
    } by { $ends }.{ $address ->
        [none] {""}
       *[other] {""}
            House: { $address }.
    }{ $text ->
        [none] {""}
       *[other] {""}
            { $text }
    }
outage-planned =
    { $resource ->
        [hot_water] There will be no hot water in your house
        [cold_water] There will be no cold water in your house
        [heating] The heating of your house will be off
        [electricity] There will be no electricity in your house
        [gas] There will be no gas in your house
       *[lift] The lift of your house will be out of order
    } from { $begins } to { $ends }.{ $address ->
        [none] {""}
       *[other] {""}
            House: { $address }.
    }{ $text ->
        [none] {""}
       *[other] {""}
            { $text }
    }
outage-anyway = If it is something else, I can open a request.
outage-not-announced =
    { $resource ->
        [hot_water] Nothing is announced about hot water.
        [cold_water] Nothing is announced about cold water.
        [heating] Nothing is announced about the heating.
        [electricity] Nothing is announced about electricity.
        [gas] Nothing is announced about gas.
        [lift] Nothing is announced about the lift.
       *[water] Nothing is announced about water.
    }
outage-rest = I can open a request: choose about what.

# --- my requests ---

status-nothing = You have no requests yet.
status-list =
    { $tickets ->
        [one] You have { $tickets } request.
       *[other] You have { $tickets } requests.
    } Choose which one to show.
status-card =
    Request No. { $number }
    { $problem }{ $address ->
        [none] {""}
       *[other] {""}
            Address: { $address }
    }
    Status: { $status ->
        [new] registered
        [assigned] an executor is named
        [in_progress] in progress
        [waiting] waiting
        [done] done, waiting for your answer
        [reopened] reopened
        [closed] closed
        [cancelled] cancelled
       *[other] { $status }
    }{ $reason ->
        [none] {""}
       *[other] {""}
            Reason: { $reason }
    }{ $executor ->
        [none] {""}
       *[other] {""}
            Executor: { $executor }
    }{ $visit ->
        [none] {""}
       *[other] {""}
            Visit: { $visit }
    }
    Registered: { $created }{ $due ->
        [none] {""}
       *[other] {""}
            Due: { $due }
    }
comment-ask = Write what to add to request No. { $number }, or send a photo.
comment-added = Added to request No. { $number }.
comment-photo-added = I added the photo to request No. { $number }. You can send more.
comment-thanks = All right, everything is saved.
photo-where = I have the photo. Which request does it belong to?
drop-ask = Cancel request No. { $number }? Then nobody will come.
drop-done = Request No. { $number } is cancelled. If the problem comes back, we will make a new one.
drop-kept = All right, I cancel nothing.

# --- is the problem solved? ---

survey-ask = Request No. { $number }: { $problem }. Is the problem solved?
survey-why = I am sorry it did not work out. What is still wrong with request No. { $number }? A few words are enough.
survey-closed = Thank you for your answer! Request No. { $number } is closed.
survey-reopened = I reopened request No. { $number } and gave your words to the dispatcher. I will tell you each step here.

# --- news of requests ---

push-opened = Request No. { $number } is accepted: { $problem }. Due: { $due }.
push-done-told =
    Request No. { $number } “{ $problem }” is done.{ $comment ->
        [none] {""}
       *[other] {""}
            Comment: { $comment }
    }{ $phone ->
        [none] {""}
       *[other] {""}
            If the problem is still there, please call { $phone }.
    }
push-new = Request No. { $number } is registered. Due: { $due }.
push-assigned =
    An executor is named for request No. { $number }{ $executor ->
        [none] {""}
       *[other] : { $executor }
    }. Due: { $due }.
push-in-progress =
    Work on request No. { $number } has begun{ $executor ->
        [none] {""}
       *[other] . Executor: { $executor }
    }. Due: { $due }.
push-waiting =
    Work on request No. { $number } is paused{ $reason ->
        [none] {""}
       *[other] . Reason: { $reason }
    }. I will tell you when it goes on.
push-done =
    Request No. { $number } “{ $problem }” is done.{ $comment ->
        [none] {""}
       *[other] {""}
            Comment: { $comment }
    }
    Is the problem solved?
push-done-joined =
    Request No. { $number } “{ $problem }” in your house is done.{ $comment ->
        [none] {""}
       *[other] {""}
            Comment: { $comment }
    }
    If you still have the problem, write to me and we will make a new request.
push-closed = Request No. { $number } is closed. Thank you for writing to us.
push-cancelled =
    Request No. { $number } is cancelled{ $reason ->
        [none] {""}
       *[other] . Reason: { $reason }
    }. If you disagree, call a dispatcher.
push-reopened = Request No. { $number } is in progress again. New term: { $due }.
push-visit =
    A visit is planned for request No. { $number }: { $visit }.{ $executor ->
        [none] {""}
       *[other] {" "}Expect { $executor }.
    } If the time does not suit you, write to us.
push-visit-soon =
    A reminder of the visit for request No. { $number }: { $visit }.{ $executor ->
        [none] {""}
       *[other] {" "}Expect { $executor }.
    } Please be there.
push-comment =
    A message about request No. { $number }{ $author ->
        [none] {""}
       *[other] , { $author }
    }: { $comment }
push-term = New term of request No. { $number }: { $due }.
push-planned-term =
    Planned term of request No. { $number }: { $due }.{ $executor ->
        [none] {""}
       *[other] {" "}Executor: { $executor }.
    }{ $visit ->
        [none] {""}
       *[other] {" "}Visit: { $visit }.
    }

# --- dispatcher ---

handover-called =
    I am calling a dispatcher, who will answer right here, usually within 10 minutes. You can write meanwhile.{ $phone ->
        [none] {""}
       *[other] {""}
            If it is urgent, call { $phone }.
    }
handover-waiting = The dispatcher knows that you are waiting. Write on, everything will be read.
handover-offer = I do not seem to understand you, sorry. I can call a dispatcher, who will answer right here.
handover-claimed =
    You are talking to { $name ->
        [none] a dispatcher
       *[other] dispatcher { $name }
    }. Write right here.
handover-back = The dispatcher has finished, I am answering again.

# --- deleting data ---

forget-ask = Delete your name, phone, address and messages? This cannot be undone. Open requests keep your contact until the work is done, then it is deleted too.
forget-done = Your data are deleted. Write whenever you need help.

# --- letters: one letter answers one letter ---

letter-greeting =
    Hello{ $name ->
        [none] {""}
       *[other] , { $name }
    }!
letter-gaps = Your letter has arrived. To take your request, I still need:
letter-gaps-urgent = The brigade still needs:
letter-gap-address = – the address: street, house, building if any
letter-gap-houses = – the exact address. Maybe it is: { $houses }
letter-gap-apartment = – the flat. If it is not about a flat, just say so
letter-gap-problem = – what happened and where
letter-gap-phone = – a phone number to reach you
letter-gaps-end = Please answer this letter with one message.
letter-known-address = I took the address from your last request: { $address }. If it is another one, answer this letter.
letter-added = I added your letter to request { $number }; the dispatcher will see it.
letter-received = Your letter has arrived and is with the dispatcher, who will answer by letter.
letter-help = Answer with what happened, the address and a phone number. Photos may be attached.
letter-solved-or-not = Answer this letter with “solved” or “not solved”.
letter-yes-or-no = Answer this letter with “yes” or “no”.
letter-phone-wanted = If you send a phone number, the worker can call before coming.
letter-emergency-complete = The dispatcher has everything. I will write about each step. If anything changes, answer this letter or call.
letter-notice =
    Address, name, phone and the text of your letter are used for your request only, by { $company }.{ $policy ->
        [none] {""}
       *[other] {" "}More: { $policy }
    } To delete your data, answer “Delete my data”.
letter-signature =
    Kind regards,
    { $company }{ $phone ->
        [none] {""}
       *[other] {""}
            Phone: { $phone }
    }{ $emergency ->
        [none] {""}
       *[other] {""}
            Emergency service, day and night: { $emergency }
    }
    This letter was written by a bot. You can answer it.

# --- the form of the site ---

form-bad-phone = The phone of the form could not be read, so I did not keep it. So that we can call you, press “Add to the request” and send the number.

# --- one resident, several messengers ---

channel-web = Chat on the site
channel-telegram = Telegram
channel-max = MAX
channel-vk = VK
channel-mail = E-mail
channel-sms = SMS
channel-simulator = Training chat
channel-other = Another messenger
channel-in = { $channel ->
        [web] in the chat on the site
        [telegram] in Telegram
        [max] in MAX
        [vk] in VK
        [mail] by e-mail
        [sms] by SMS
        [simulator] in the training chat
       *[other] in another messenger
    }
link-menu = If you write to us from several messengers, link them: requests and answers will be seen in each. Get a code here and type it there, or the other way round.
link-code =
    Your code: { $code }
    Write to me from the other messenger: “code { $code }”. It is good for { $minutes } minutes and once. Tell it nobody: it shows your requests.
link-enter = Write the code that I showed you in the other messenger: eight digits.
link-unclear = A code has eight digits, for example: 1234 5678. Please write it again.
link-accepted = The code is right, I am linking.
link-wrong = There is no such code. Please check the digits.
link-expired = This code is no longer good. Get a new one in the other messenger.
link-by-letter = A letter cannot link anything: its sender is easily forged. Let us do it the other way round: answer this letter with “code”, I will send you one, and you type it in the messenger.
link-own = All is linked here: this is your own code. Type it in the other messenger.
link-many = Too many wrong codes. Try in an hour or call a dispatcher.
link-refused = They could not be linked. Call a dispatcher, who will help.
link-merged = Done: now I know that you also wrote { channel-in }. Requests and answers are seen here too.
link-linked = What is written { channel-in } was linked to your requests. If it was not you, call a dispatcher at once.
link-draft =
    You began a request { channel-in } and did not finish it.{ $problem ->
        [none] {""}
       *[other] {""}
            Problem: { $problem }
    }{ $address ->
        [none] {""}
       *[other] {""}
            Address: { $address }
    }
    Go on with it here?
link-draft-moved = You go on with this request { channel-in }.
push-ask =
    Where shall I send answers about your requests?{ $channel ->
        [none] {" "}Now they come where you made the request.
       *[other] {" "}Now you get them { channel-in }.
    }
push-chosen = All right, you will get answers about your requests { channel-in }. If a message does not arrive there, I will send it where it does.
push-chosen-here = All right, answers will come where you made the request.
