"""What people say around a matter, as tables: Indonesian and its abbreviations, Javanese,
Sundanese. Data only; `senses` reads them.

Patterns over text as `plain` leaves it, each for whole words.
"""

GREETINGS = (
    # Islamic, in all the ways in which it is typed
    r"as+al+a?m[uo]? ?al+a?[iy]k[uo]m(?: ?ss?alam)?|as+alam(?:u|ualaikum)?|as+|aslm|asw|askum|"
    r"aslkm|ass?lamualaikum|samlekum|samlikum|wr|wb|wrwb|wr ?wb|warah?matul+ah\w*|warahmat\w*|"
    r"wabarakat\w*|wabarokat\w*|bismillah\w*",
    r"hal+ow?|hai|hay|hi|hel+o|hey|hei|hy|helow|salam|shalom|syalom|om swastiastu|"
    r"salam sejahtera|tabik|rahayu|horas",
    r"permisi|prmisi|pmisi|misi|permios|maaf|mohon maaf|maap|mf|sorry|sori|"
    r"(?:maaf|maap|mf) (?:meng)?ganggu(?: waktunya)?|ganggu bentar|ganggu sebentar",
    r"(?:selamat|slamat|slmt|slmat|met|mat|sugeng|wilujeng|wlujeng)? ?"
    r"(?:pagi|pg|siang|sg|sore|sor|malam|mlm|malem|petang|enjing|enjang|injing|siyang|sonten|"
    r"dalu|ndalu|wengi|rawuh)",
    r"punten|hapunten|nuwun sewu|nyuwun sewu|nuwunsewu|nyuwunsewu|kulo ?nuwun|kula ?nuwun|"
    r"sampurasun|sampurasuun|rampes|nuwun|amit|ngapunten|nyuwun ngapunten|spada|"
    r"nyuwun pangapunten|kaulanun|punteun",
    # saying that something will be said
    r"(?:mau|mo|mw|ijin|izin|numpang|boleh|blh|bisa|pengen|pgn|ingin|arep|ape|badhe|bade|hoyong|"
    r"mau numpang|mau ikut) (?:ber)?(?:tanya|nanya|tny|nanyak|takon|takok|tanglet|naros|nanyain|"
    r"tanya tanya|lapor|ngadu|mengadu|komplain|curhat|matur|wadul)(?: dong| donk| sebentar)?",
    r"tanya dong|nanya dong|tanya|nanya|bisa dibantu|minta tolong|bisa bantu|bisa minta tolong",
)

ADDRESSED = (
    "min|mimin|minmin|admin|kak|kakak|ka|bu|buk|ibu|pak|bpk|bapak|mas|mbak|mba|dok|dokter|dr|"
    "sus|suster|bidan|perawat|puskesmas|pkm|pusk|gan|bos|boss|teh|teteh|kang|akang|aa|om|tante|"
    "bro|sis|cs|operator|petugas"
)
"""Said to somebody, and nothing more."""

FILLERS = "semua|semuanya|sedaya|sadayana|sekalian|ya|yah|nih|dong|donk|sih|to|atuh"
"""Said beside that."""

NUDGES = (
    r"p|pp+|ping|pong|woy|woi|oy|oi|hoi|hoy|heh|hey+|lah|kok|eh|ehm|hmm|hm|"
    r"(?:tolong|tlg|mohon|mhn|plis|please|pls)? ?(?:di)?(?:bales|balas|bls|blz|balesin|balasin|"
    r"jawab|jwb|respon|respons|read|baca|angkat|wangsul|waler|bales o)(?: (?:dong|donk|dung|dunk|"
    r"atuh|to|tho|napa|kek|lah|ya|chat|wa|pesan|saya|sy|segera))*",
    r"(?:kok )?(?:ga|gak|gk|nggak|tdk|tidak|blm|belum|ora|mboten|teu) (?:di)?(?:bales|balas|bls|"
    r"jawab|respon|waler|wangsul|read|baca)(?: (?:sih|to|ya|balas|bales|min|kak|pak|bu))*",
    r"(?:cuma |cuman )?(?:di)?(?:read|baca) (?:doang|aja|saja|tok)",
    r"tes|test|testing|tess|coba|cek|check|satu dua|1 2 3|123|"
    r"(?:ada|masih ada|aya|ana|wonten) (?:orang|org|admin|yang jaga|yg jaga|jalmi|wong|tiyang)"
    r"(?: (?:ga|gak|nggak|tidak|kah|teu|ora|mboten|di sini|disini))*|adakah|"
    r"online|ol|aktif(?:kah)?|hadir|masuk|masuk ga|masuk gak|nyambung ga|piye iki|kumaha ieu",
)

PROGRESS = (
    # «laporan sy no 0042 gmn?»
    r"(?:laporan|lapran|lporan|aduan|pengaduan|keluhan|komplain|laporane|aduane|pangaduan|"
    r"wadulan)(?:ku|nya|e|na)?(?: \w+){0,6} (?:gmn|gimana|gmna|bgmn|bagaimana|bgaimana|kpn|kapan|"
    r"sampai mana|smp mana|sampe mana|dimana|piye|pripun|kados pundi|kumaha|diproses|proses|"
    r"ditindak\w*|ditanggapi|dijawab|dibalas|kok lama|perkembangan|kabar|kabare|kabarnya|update|"
    r"tekan ngendi|dugi mana|nepi mana|wis durung|sampun dereng|atos teu acan)",
    r"(?:gmn|gimana|gmna|bgmn|bagaimana|piye|pripun|kados pundi|kumaha|update|sampai mana|"
    r"smp mana)(?: \w+){0,3} (?:laporan|aduan|pengaduan|keluhan|kelanjutan|lanjutan|lanjutane|"
    r"tindak lanjut|perkembangan|prosesnya|kabarnya|hasilnya|laporane|aduane)(?:ku|nya|e|na)?",
    # «blm ada jawaban?»
    r"(?:blm|belum|belom|blum|durung|dereng|teu acan|tacan|ga|gak|gk|nggak|tdk|tidak|kok)"
    r"(?: (?:ada|ana|ono|wonten|aya|dapat|dpt|dpet|nampi|kunjung|juga|jg|di))* ?"
    r"(?:jawaban|jwban|jawabannya|jawabane|jawaban e|balasan|tanggapan|respon|kabar|"
    r"tindak lanjut|waleran|wangsulan|dijawab|dibalas|dibales|direspon|ditanggapi|"
    r"ditindaklanjuti|diproses|diwaler|diwangsul)",
    r"(?:kapan|kpn|kok lama|kok lama bgt|iraha|kapan) (?:\w+ )?(?:dijawab|dibalas|dibales|"
    r"ditanggapi|direspon|ditindaklanjuti|diproses|jawabannya|diwaler|diwangsul)",
    r"(?:masih|msh|isih|taksih|nunggu|menunggu|ngantos|nengga) (?:nunggu|menunggu|ngenteni|"
    r"jawaban|balasan|kabar|tanggapan|waleran)(?: \w+)*|ada (?:update|kabar|perkembangan)\b.*",
)
"""Asking how far a case of theirs has come."""

DISSATISFIED = (
    r"(?:jawaban|jwban|jawab|tanggapan|balasan|wangsulan|waleran|solusi)(?:ne|nya|e|ipun|na)?"
    r"(?: \w+){0,3} (?:muter\w*|mbulet|muser|berbelit\w*|ngambang|nyambung|template|templet|"
    r"copas|basi|ngawur|ngeles|jelas|pas|sesuai|normatif|begitu aja|gitu aja|gitu doang|"
    r"ngalor ngidul|kitu wae|teu nyambung)",
    r"(?:tidak|tdk|ga|gak|gk|nggak|kurang|krg|ora|mboten|teu|blm|belum) (?:puas|marem|sugema|"
    r"jelas jawabannya|menjawab|membantu|nyambung)",
    r"(?:bukan|bkn|dudu|sanes|lain) (?:itu|kitu|ngono)? ?(?:jawaban|maksud|solusi|yang saya tanya)",
    r"(?:kecewa|kuciwa|gela) (?:\w+ ){0,2}(?:jawaban|tanggapan|balasan)",
    r"(?:masih|msh|tetap|tetep|ttp|isih|tasih|taksih|angger|keneh) (?:\w+ )?(?:sama|aja|saja|wae|"
    r"begitu|gitu|kayak gitu|seperti itu|kitu|ngono|podo|sami|kotor|judes|lama)(?: .*)?",
    r"(?:blm|belum|belom|durung|dereng|teu acan|tacan|ga|gak|tidak|tdk|nggak)"
    r"(?: (?:ada|ana|wonten|aya|juga|jg))* (?:perubahan|perbaikan|solusi|buktinya|bukti|tindakan|"
    r"selesai|beres|tuntas|diperbaiki|rampung|anggeus|didandani)(?:nya|e)?",
    r"(?:cuma|cuman|hanya|mung) (?:janji|omong|omdo|omongan|wacana)(?: .*)?|janji (?:doang|tok|"
    r"palsu|terus|mulu|thok)",
)
"""Said of an answer: it did not help."""

THANKS = (
    r"(?![\s.,;:!~()'\"_\-…]*\Z)"  # not dots and marks alone
    r"(?:ok(?:e|ay|eh)?|ya|iya|iy|yo|baik|siap|sip|mantap|jelas|sudah|sdh|udah|puas|"
    r"alhamdulillah|te?ri?ma\s?ka?sih|trims|tq|thx|ty|thanks?|thank\s+you|mksh|mksi|"
    r"mks|mkasih|makasih|makasi|matur\s?(?:nuwun|suwun|nuhun)|suwun|nuwun|nuhun|hatur\s+nuhun|"
    r"sami\s?sami|nggih|inggih|muhun|sumuhun|banyak|atas|jawaban(?:nya|e)?|tanggapan(?:nya)?|"
    r"penjelasan(?:nya)?|info(?:nya)?|bantuan(?:nya)?|bu|pak|ibu|bapak|kak|min|admin|mas|mbak|"
    r"mba|dok|dokter|sekali|bgt|banget|pisan|sanget|sampun|"
    r"[\s.,;:!~()'\"_\-…]|[🙏👍👌🤝🙂😊😁❤🥰\ufe0f🏻-🏿])+"
)
"""Of the text as it is, for signs say it too; «sudah?» and «👎» do not."""
