"""Indonesian: the words of the team's chat. Keys and placeholders are those of `texts_en`."""

TEXTS = {
    # Buttons, two to four under a message, in words a clerk uses.
    "button.take": "Saya tangani",
    "button.take-one": "Saya tangani {short}",
    "button.open-bot": "Buka bot",
    "button.ask": "Tanya pengadu",
    "button.more": "Lainnya",
    "button.files": "Lampiran ({count})",
    "button.approve": "Setujui & kirim",
    "button.changes": "Minta perbaikan",
    "button.undo": "Batal kirim",
    "button.resubmit": "Ajukan lagi",
    "button.correct": "Kirim ralat",
    "button.resend": "Kirim ulang",
    "button.sent": "Sudah terkirim",
    "button.copied": "Sudah dikirim",
    "button.called": "Sudah ditelepon",
    "button.elsewhere": "Sudah dijawab",
    "button.anyway": "Tetap kirim",
    "button.join": "Gabungkan dengan {short}",
    "button.reject": "Beda dengan {short}",
    "button.split": "Pisahkan",
    "button.aside": "Bukan aduan",
    "button.restore": "Kembalikan",
    "button.restore-one": "Kembalikan {short}",
    "button.promote": "Jadikan aduan {position}",
    "button.close": "Tutup",
    "button.reopen": "Buka kembali",
    "button.list-aside": "Yang disisihkan",
    "button.choose": "{number}",
    "button.show": "{number}",
    "button.drop": "Batal",
    # Words for slugs.
    "role.clerk": "petugas",
    "role.team": "tim",
    "role.coordinator": "koordinator",
    "role.head": "kepala Puskesmas",
    "role.quality": "tim mutu",
    "role.unit": "unit",
    "role.dinas": "Dinas Kesehatan",
    "channel.email": "Email",
    "channel.manual": "Dicatat petugas",
    "channel.twilio": "Twilio",
    "channel.android": "SMS",
    "channel.gammu": "SMS",
    "medium.whatsapp": "WhatsApp",
    "medium.sms": "SMS",
    "medium.phone": "Telepon",
    "medium.counter": "Loket",
    "medium.box": "Kotak saran",
    "medium.letter": "Surat",
    "route.private": "PRIBADI",
    "route.public": "PUBLIK",
    "route.template": "PRIBADI, templat",
    "route.manual": "disampaikan petugas",
    "status.new": "baru",
    "status.taken": "ditangani",
    "status.drafted": "konsep menunggu persetujuan",
    "status.approved": "balasan disetujui",
    "status.answered": "dijawab",
    "status.awaiting-complainant": "menunggu pengadu",
    "status.escalated": "dirujuk",
    "status.closed": "ditutup",
    "status.set-aside": "bukan aduan",
    "aside.automatic": "surat otomatis",
    "aside.bounce": "surat kembali",
    "aside.list": "milis",
    "aside.junk": "folder spam",
    "aside.own": "alamat sendiri",
    "aside.command": "kata perintah",
    "form.voice": "pesan suara",
    "form.sticker": "stiker",
    "form.photo": "foto",
    "form.video": "video",
    "form.document": "dokumen",
    "form.location": "lokasi",
    "form.contact": "kontak",
    "form.reaction": "reaksi",
    "form.forward": "pesan terusan",
    "form.unsupported": "jenis pesan yang tidak didukung",
    "message.voice": "🎧 dengarkan",
    "message.forward": "diteruskan",
    "message.edited": "diubah",
    "message.withdrawn": "ditarik pengirim",
    # The group's card: never a citizen's name, number or words.
    "card.new": "Aduan baru {number} · {channel}",
    "card.joined": "Pesan susulan untuk {number} · {channel}",
    "card.emergency": "🔴 Darurat",
    "card.messages": "{count} pesan",
    "card.many": "Aduan baru: {count}",
    "card.many-line": "{number} · {channel}",
    "card.many-joined": "{number} · {channel} · pesan susulan",
    "card.alert-due": "Lapor tim s.d. {due}",
    "card.answer-due": "Jawab s.d. {due}",
    "card.taken": "Ditangani {name}",
    "card.status": "Status: {status}",
    "card.empty": "Kartu ini tidak berlaku lagi.",
    "card.plain": "Aduan {number}",
    "card.plain-how": "Kartu lengkapnya tidak dapat ditampilkan. Kirim /daftar kepada bot.",
    # The provider's time to answer.
    "window.closes": "Jendela WA tutup {due}",
    "window.closed": "Jendela WA sudah tutup",
    "window.at-once": "Jendela WA tutup {due}: sesudah disetujui langsung dikirim.",
    "window.template": (
        "Jendela WA sudah tutup: pengadu diberi tahu dulu, teks dikirim setelah ia membalas LIHAT."
    ),
    "window.call": (
        "Pengadu tidak bisa ditulisi sekarang (jendela WA sudah tutup tanpa templat, atau ia "
        "minta tidak dikirimi pesan): sesudah disetujui, jawaban disampaikan lewat telepon."
    ),
    "call.title": "📞 Telepon pengadu {number}: jawaban yang disetujui tidak bisa dikirim.",
    "call.text": "Bacakan kepadanya:",
    "call.not-yours": "Aduan ini sudah di tangan petugas lain.",
    "call.done": "Jawaban untuk {number} sudah disampaikan lewat telepon.",
    "call.needless": "Jawaban untuk {number} tidak perlu ditelepon lagi.",
    # A case, in private.
    "party.unknown": "pengadu (tanpa kontak)",
    "case.recorded": "Tercatat dengan nomor {number}.",
    "case.text": "Aduan {short}: {quote}",
    "case.more": "(+{count} pesan)",
    "case.message": "Pesan ke-{position}, {time}: {quote}",
    "case.about": "{number} · {channel}",
    "case.from": "Dari: {sender}",
    "case.subject": "Perihal: {subject}",
    "case.files": "Lampiran: {files}",
    "case.files-coming": "⏳ {count} lampiran masih diambil dari gateway.",
    "case.files-gone": "⚠ {count} lampiran tidak bisa diambil dari gateway.",
    "case.unreadable": "⚠ Perlu dibaca: surat ini tidak terbaca seluruhnya; aslinya tersimpan.",
    "case.other": "⚠ Ada pesan dari {sender}; balasan tetap hanya ke pengadu.",
    "case.truncated": "⚠ Surat ini terlalu besar dan terpotong; sisanya tidak diambil.",
    "case.suggestion": "Mungkin sama dengan {number}.",
    "case.merged": "Digabungkan dengan {number}.",
    "case.write": "Silakan tulis balasan, atau",
    "case.joined": "Pesan susulan untuk {number}: {quote}",
    "case.automatic": "Balasan otomatis atas jawaban untuk {number}: {quote}",
    "case.automatic-how": (
        "Ini dari mesin (misalnya sedang cuti, atau minta konfirmasi pengirim), bukan dari "
        "pengadu. Disisihkan dan tidak dijawab."
    ),
    "case.foreign": (
        "Sudah ada balasan untuk {number} yang ditulis langsung di program email. "
        "Balasan dari sini ditahan dulu."
    ),
    "case.foreign-done": "Soal balasan dari program email untuk {number} sudah diputuskan.",
    # A file that a citizen attached, in private; what keeps it in the mailbox.
    "file.caption": "{number} · Pesan ke-{position}, {time}",
    "file.unsafe": (
        "⚠ Jenis berkas ini tidak dikirim ke sini karena bisa merusak HP atau komputer. "
        "Berkasnya ada di kotak email; jangan dibuka sebelum diperiksa pengelola sistem."
    ),
    "file.too-large": (
        "⚠ Terlalu besar untuk dikirim ke sini. Bukalah surat aslinya di kotak email."
    ),
    "file.not-fetched": "⏳ Masih diambil dari gateway. Coba lagi sebentar lagi.",
    "file.unreadable": "⚠ Tidak bisa dibaca dari sini. Bukalah surat aslinya di kotak email.",
    "file.refused": ("⚠ Telegram tidak menerima berkas ini. Bukalah surat aslinya di kotak email."),
    "menu.title": "Pilihan untuk {number} (status: {status}):",
    "list.title": "Aduan terbuka: {count}",
    "list.none": "Tidak ada aduan terbuka.",
    "list.line": "{number} · {channel} · {status}",
    "list.call": "📞 telepon pengadu",
    "list.rest": "dan {count} lagi",
    "aside.title": "Yang disisihkan terakhir:",
    "aside.none": "Tidak ada yang disisihkan.",
    "aside.message": "{position}. {reason} · {time} · {sender} · {subject}",
    "aside.case": "{number} · bukan aduan",
    # A reply, in private.
    "reply.first": "Aduan dan konsep ke-{version}. Tujuan: {channel}, {route}.",
    "reply.next": (
        "Konsep ke-{version} siap, Dok. Aduan dan konsep ke-{version}. Tujuan: {channel}, {route}."
    ),
    "reply.to": "Kepada: {recipient}",
    "reply.complaint": "Aduan {number}: {quote}",
    "reply.draft": "Konsep ke-{version}:",
    "reply.question": "Ini pertanyaan kepada pengadu, bukan jawaban.",
    "reply.correction": "Ini ralat atas balasan sebelumnya.",
    "reply.void": "Konsep ini tidak berlaku lagi.",
    "reply.waits": "Menunggu persetujuan {role}.",
    "reply.approved": "Sudah disetujui.",
    "reply.long": "Konsep terlalu panjang untuk ditampilkan utuh; minta versi yang lebih pendek.",
    "reply.forwarded": "Konsep ke-{version} diteruskan ke {role}.",
    "reply.note": "Diminta perbaikan untuk konsep ke-{version}, {number}: {quote}",
    "reply.note-how": "Balas pesan ini dengan konsep berikutnya.",
    "reply.approved-at": "✅ Konsep ke-{version} disetujui {approved}",
    "reply.leaves": ", dikirim {time}.",
    "reply.again": ", dicoba lagi {time}.",
    "reply.by-hand": ", menunggu disampaikan petugas.",
    "reply.waits-window": (
        ". Jendela WA sudah tutup: pengadu diberi tahu dulu, teks dikirim setelah ia membalas "
        "LIHAT."
    ),
    "reply.waits-call": ", menunggu disampaikan lewat telepon.",
    "reply.foreign": ", ditahan: sudah ada balasan dari program email.",
    "reply.leaving": ", sedang diserahkan ke gateway.",
    "reply.cancelled": ", lalu dibatalkan; tidak dikirim.",
    "reply.superseded": ", lalu diganti konsep yang lebih baru.",
    "reply.failed": ", gagal dikirim.",
    "reply.doubt": ", belum pasti sampai di gateway.",
    "reply.receipt": "📨 Diterima gateway {accepted}",
    "reply.receipt-hand": "📨 Disampaikan petugas {accepted}",
    "reply.receipt-void": "⚠ Ternyata tidak sampai kepada pengadu.",
    "reply.receipt-phone": "📞 Disampaikan lewat telepon {accepted}",
    "reply.delivered": " · sampai {delivered}",
    "reply.read": " · dibaca",
    "reply.parts": "Dikirim sebagai {parts} pesan, berurutan.",
    "reply.segments": "SMS: {segments} segmen.",
    "check.phone": "⚠ Memuat nomor telepon ({hint}) yang bukan nomor Puskesmas. Memang boleh?",
    "check.email": "⚠ Memuat alamat email ({hint}) yang bukan alamat Puskesmas. Memang boleh?",
    "check.opted-out": "⚠ Pengadu menolak pesan (BERHENTI); jawaban ini tidak dikirim kepadanya.",
    "reply.undone": "Konsep ke-{version} dibatalkan dan tidak dikirim.",
    "reply.in-doubt": (
        "⚠ Belum pasti apakah balasan untuk {number} (konsep ke-{version}) sampai di gateway."
    ),
    "reply.look-first": "Periksa kotak Terkirim di program email, lalu pilih:",
    "reply.look-first-chat": "Lihat percakapannya di akun penyedia atau HP gateway, lalu pilih:",
    "reply.which-part": "Ini pesan ke-{position} dari {parts}; sesudahnya menunggu yang ini.",
    "reply.coordinator-decides": "Koordinator yang memutuskan.",
    "reply.came-back": (
        "⚠ Balasan untuk {number} (konsep ke-{version}) gagal dikirim: suratnya kembali. {reason}"
    ),
    "reply.still-open": "Aduan ini masih harus dijawab.",
    "reply.still-due": "Aduan ini masih harus dijawab; batas {due} tetap berjalan.",
    "reply.newer": "Sudah ada konsep yang lebih baru; yang ini tidak dikirim ulang.",
    "reply.no-way-back": (
        "Tidak ada jalan balik lewat email: alamat pengirimnya tidak menerima balasan. Sesudah "
        "disetujui, jawaban disampaikan petugas dengan cara lain."
    ),
    # Why it came back, and what to do about it.
    "reply.no-such-address": "Alamatnya tidak ada ({code}).",
    "reply.no-such-domain": "Domain emailnya tidak ada ({code}).",
    "reply.mailbox-off": "Kotak suratnya sudah tidak aktif ({code}).",
    "reply.mailbox-full": "Kotak suratnya penuh ({code}).",
    "reply.too-large": "Suratnya terlalu besar ({code}).",
    "reply.spam": "Ditolak karena dianggap spam ({code}).",
    "reply.policy": "Ditolak oleh aturan server penerima ({code}).",
    "reply.unreachable": "Server penerima tidak bisa dihubungi ({code}).",
    "reply.reason-unknown": "Alasan tidak dikenal ({code}).",
    "reply.reason-none": "Alasan tidak dikenal.",
    "reply.do-other-way": (
        "Hubungi pengadu dengan cara lain, atau tanyakan alamat yang benar: kiriman ulang ke "
        "alamat yang sama akan kembali lagi."
    ),
    "reply.no-such-number": "Nomornya tidak ada atau tidak menerima pesan ({code}).",
    "reply.phone-off": "HP pengadu tidak terjangkau ({code}).",
    "reply.opted-out": "Pengadu tidak mau menerima pesan.",
    "reply.do-by-phone": "Hubungi pengadu lewat telepon atau dengan cara lain.",
    "reply.do-later": "[Kirim ulang] besok, atau hubungi pengadu dengan cara lain.",
    "reply.do-shorter": "Tulis jawaban yang lebih pendek, atau hubungi pengadu dengan cara lain.",
    "reply.do-technician": (
        "Beri tahu teknisi (akun email Puskesmas), dan hubungi pengadu dengan cara lain."
    ),
    "reply.do-either": "[Kirim ulang], atau hubungi pengadu dengan cara lain.",
    "reply.refused": "⚠ Balasan untuk {number} (konsep ke-{version}) gagal dikirim. {reason}",
    "reply.settled": "Sudah diputuskan: konsep ke-{version} untuk {number}.",
    "reply.copy": (
        "Balasan untuk {number} sudah disetujui. Salin dan sampaikan lewat {channel} "
        "kepada {recipient}:"
    ),
    "reply.copied": "Balasan untuk {number} sudah disampaikan.",
    # Short messages.
    "cut": "… (dipotong; selengkapnya di register)",
    "notice.other": "Ada perubahan pada aduan ini.",
    "notice.welcome": (
        "Selamat datang, {name}. Anda terdaftar sebagai {role}. Ketik /bantuan untuk petunjuk."
    ),
    "notice.help": (
        "Tekan [Saya tangani] pada kartu di grup; aduannya muncul di sini. Balas pesan itu untuk "
        "menulis konsep.\n/catat ISI: mencatat aduan dari WhatsApp, telepon, loket, atau kotak "
        "saran\n/daftar: aduan yang terbuka\n/balas NOMOR ISI: menulis konsep balasan\n"
        "/setujui NOMOR: melihat konsep, lalu menyetujuinya\n/bantuan: petunjuk ini"
    ),
    "notice.write-note": "Tulis apa yang perlu diperbaiki; pesan berikutnya diteruskan ke petugas.",
    "notice.note-passed": "Catatan diteruskan ke petugas.",
    "notice.no-approver": "Belum ada {role} yang terdaftar di bot, jadi konsep menunggu.",
    "notice.answered-elsewhere": "Dicatat: sudah dijawab di program email.",
    "notice.send-anyway": "Balasan dari sini tetap dikirim.",
    "notice.set-aside": "Ditandai bukan aduan. Bisa dikembalikan lewat [Lainnya].",
    "notice.restored": "Dikembalikan sebagai aduan.",
    "notice.closed": "Aduan ditutup. Bisa dibuka kembali lewat [Lainnya].",
    "notice.reopened": "Aduan dibuka kembali.",
    "notice.joined": "Digabungkan dengan {number}.",
    "notice.files-left-out": (
        "Lampiran terbaru menyusul. {count} yang lebih lama tidak ikut; bukalah di kotak email."
    ),
    "notice.split": "Dipisahkan lagi.",
    "notice.write-question": "Tulis pertanyaan untuk pengadu; pesan berikutnya menjadi konsepnya.",
    "notice.write-correction": "Tulis ralatnya; pesan berikutnya menjadi konsep ralat.",
    "notice.which-case": "Tulisan tadi untuk aduan yang mana?",
    "notice.which-draft": "Nomor itu ada lebih dari satu. Konsep yang mana?",
    "notice.no-case": (
        "Tulisan tadi belum untuk aduan apa pun. Tekan [Saya tangani] dulu, atau pakai "
        "/balas NOMOR ISI."
    ),
    "notice.tap-first": (
        "Untuk meminta perbaikan, tekan [Minta perbaikan]. Untuk menulis balasan sendiri, pakai "
        "/balas NOMOR ISI."
    ),
    "notice.in-private": "Tulis balasan di chat pribadi ini, bukan di grup.",
    "notice.text-only": "Baru tulisan yang bisa diterima di sini; foto dan suara belum.",
    "notice.which-facility": (
        "Anda bertugas di beberapa fasilitas, jadi belum jelas ini untuk yang mana. Balas pesan "
        "kasusnya, atau tulis perintahnya di grup fasilitas itu."
    ),
    "notice.elsewhere": "Anda tidak bertugas di fasilitas ini, jadi tidak ada yang dilakukan.",
    "notice.how-reply": "Tulis /balas NOMOR ISI, misalnya: /balas 0042 Mohon maaf …",
    "notice.how-approve": "Tulis /setujui NOMOR, misalnya: /setujui 0042",
    "notice.unknown-command": "Perintah itu belum dikenal. Ketik /bantuan.",
    "notice.paste": "Tempel isi aduannya di sini.",
    "notice.medium": "Aduan ini datang lewat apa?",
    "notice.recording": "Sedang dicatat; nomornya segera muncul.",
    "notice.dropped": "Dibatalkan; tidak ada yang dicatat.",
    "notice.group-removed": (
        "⚠ Bot tidak ada lagi di grup tim, atau grupnya dihapus. Masukkan kembali bot, atau minta "
        "teknisi menunjuk grup lain. Kartu menunggu dan tampil sesudah itu."
    ),
    "notice.group-restricted": (
        "⚠ Bot tidak boleh menulis di grup tim. Beri izin kirim pesan atau jadikan bot admin; bila "
        "topik umumnya ditutup, buka kembali. Kartu menunggu dan tampil sesudah itu."
    ),
    "notice.person-lost": (
        "⚠ {name} memblokir bot atau belum menekan Start. Pesan untuknya menunggu; minta ia "
        "membuka bot dan menekan Start."
    ),
    "notice.listening-conflict": (
        "⚠ Ada program lain yang memakai bot ini, jadi tombol dan pesan bisa terlambat. Minta "
        "teknisi menghentikannya, atau mengganti token lewat @BotFather."
    ),
    "notice.listening-back": (
        "Telegram tersambung lagi sesudah {minutes} menit. Tombol dan pesan selama itu sedang "
        "diproses; yang lebih lama dari 24 jam hilang dan perlu diulang."
    ),
    "notice.via-bot": "Pesan lewat bot lain tidak diterima. Tulis sendiri di chat pribadi ini.",
    "notice.edit-ignored": (
        "Perubahan pada pesan lama tidak dibaca; yang sudah diproses tetap. Kirim pesan baru."
    ),
    "notice.edit-old": (
        "Pesan yang Anda ubah bukan lagi konsep terbaru, jadi tidak ada yang berubah. Kirim "
        "konsep baru bila perlu."
    ),
    "notice.edit-approved": (
        "Konsep itu sudah disetujui, jadi perubahan Anda tidak berlaku. Yang disetujui tetap "
        "dikirim; pakai [Batal kirim], atau sesudahnya [Kirim ralat]."
    ),
    "notice.update-failed": "⚠ Pesan Anda tadi gagal diproses. Coba sekali lagi.",
    "notice.digest-mismatch": "⚠ Balasan berubah sesudah disetujui dan tidak dikirim. Ajukan lagi.",
    "notice.send-delayed": "⚠ Balasan belum bisa dikirim, dicoba terus. {why}",
    "notice.quarantined": (
        "⚠ {count} kiriman belum bisa dicatat sebagai aduan (nomor kiriman {ids}); aslinya "
        "tersimpan.\nMinta teknisi menjalankan tanggap doctor, lalu tanggap replay."
    ),
    "notice.channel-auth": (
        "⚠ Akun {account} ditolak, pesannya tidak masuk. Periksa nama pengguna, kata sandi atau "
        "tokennya di konfigurasi; jalankan: tanggap doctor"
    ),
    "notice.channel-broken": "⚠ Akun {account} tidak bisa dipakai; jalankan: tanggap doctor",
    "notice.channel-silent": (
        "⚠ Akun {account} setengah jam tidak bisa diambil. Periksa internet; jalankan: "
        "tanggap doctor"
    ),
    "notice.channel-back": "Akun {account} berjalan lagi.",
    "notice.went-by-mail": "Selama obrolan mati, {count} aduan dikirim lewat email.",
    "notice.window-late": (
        "⚠ Jawaban ini ternyata tidak sampai: jendela WA sudah tutup. Teksnya menunggu, dan "
        "dikirim lagi hanya bila pengadu menulis; selain itu lewat telepon."
    ),
    "notice.window-closing": (
        "⏳ Jendela WA tutup {due} dan aduan ini belum dijawab. Sesudah itu jawaban baru bisa "
        "dikirim setelah pengadu menulis lagi, atau disampaikan lewat telepon."
    ),
    "notice.clock-behind": "⚠ Jam komputer mundur; nomor dan balasan menunggu. Betulkan jam.",
    "notice.refused-not-allowed": "Ini bukan wewenang {role}.",
    "notice.refused-already-taken": "Sudah ditangani {name}.",
    "notice.refused-no-such-complaint": "Aduan dengan nomor itu tidak ada.",
    "notice.refused-not-current": "Konsep ini tidak berlaku lagi; terbaru: konsep ke-{version}.",
    "notice.refused-already-approved": "Konsep ini sudah disetujui.",
    "notice.refused-already-sent": "Balasan ini sudah diterima gateway.",
    "notice.refused-too-late-to-undo": "Tidak bisa dibatalkan lagi. Pakai [Kirim ralat].",
    "notice.refused-still-sending": "Balasan masih dalam proses. Coba lagi sebentar.",
    "notice.refused-clock-behind": (
        "Jam komputer Tanggap tertinggal, jadi belum dapat diberi nomor. "
        "Betulkan jamnya, lalu coba lagi."
    ),
    "notice.refused-no-draft": "Belum ada konsep untuk aduan ini.",
    "notice.refused-empty-text": "Isinya kosong.",
    "notice.refused-too-long": "Terlalu panjang; paling banyak {limit} huruf.",
    "notice.refused-has-nik": (
        "Tidak bisa: di dalamnya ada nomor yang tampaknya NIK ({hint}). Hapus nomor itu, lalu "
        "tulis konsepnya lagi."
    ),
    "notice.refused-has-bpjs": (
        "Tidak bisa: di dalamnya ada nomor yang tampaknya nomor kartu BPJS ({hint}). Hapus nomor "
        "itu, lalu tulis konsepnya lagi."
    ),
    "notice.refused-nothing-to-do": "Sudah selesai; tidak ada yang berubah.",
    "notice.refused-code-unknown": "Kode itu salah, sudah dipakai, atau kedaluwarsa.",
    "notice.pin-locked": (
        "⚠ PIN {name} untuk komputer salah lima kali dan dikunci 15 menit. Bila bukan "
        "{name} yang mencoba, beri tahu teknisi."
    ),
    "notice.refused-wrong-step": "Sekarang giliran {role} yang menyetujui.",
    # Answers to a tap, and to those who are not staff.
    "toast.done": "Baik.",
    "toast.start": "Dicatat. Tekan [Buka bot], lalu Start, agar aduannya bisa dikirim ke Anda.",
    "toast.old": "Tombol ini tidak berlaku lagi.",
    "stranger": (
        "Akun ini belum terdaftar di Tanggap. Minta kode kepada koordinator, lalu kirim: "
        "/start KODE"
    ),
    "masked.group": (
        "Admin anonim tidak dapat dikenali, jadi perintahnya tidak dijalankan. "
        "Matikan “Tetap anonim” di pengaturan admin grup, atau tulis di chat pribadi dengan bot."
    ),
    "masked.channel": (
        "Yang menulis atas nama saluran tidak dapat dikenali, jadi perintahnya tidak dijalankan. "
        "Tulislah atas nama sendiri, atau di chat pribadi dengan bot."
    ),
}
