"""Words of danger to life, as people write them: Indonesian, its abbreviations, Javanese,
Sundanese. Data only; `emergency` reads it.

Patterns are over words in lower case with single spaces between them; `<no>` stands for any word
that denies.
"""

NO = (
    "tidak|tdk|tida|tak|gak|ga|gk|g|nggak|ngga|enggak|engga|ndak|nda|kagak|kaga|bukan|belum|blm|"
    "blom|tanpa|ora|ra|ndk|mboten|boten|dudu|durung|dereng|teu|henteu|hnteu|sanes"
)
"""Words that deny what follows."""

_CHILD = "(?:anak|bayi|balita|adik|adek|dedek|dede|cucu|putu|budak|keponakan|ponakan)"
_AFTER_STEP = "by|\\d|satu|dua|pertama|awal|akhir|selanjutnya|berikutnya|pendaftaran|daftar|online"
_BREATHE = "(?:ber)?(?:nafas|napas|ambegan|ambekan)(?:nya|e)?"
_AMBULANCE = "ambulan(?:s|ce|nce)?(?:nya|e)?"
_WANT = "(?:mau|mw|pengen|pengin|pingin|pgn|ingin|kepengin|hoyong|kapengen|mending|mendingan|arep)"

DANGER: tuple[tuple[str, str], ...] = (
    # out of one's senses
    ("pingsan pangsan", "(?:ke)?(?:pingsan|pangsan)(?:nya|e)?"),
    ("semaput lenger kapiuhan", "semaput|kelenger|klenger|kapiuhan"),
    (
        "sadar",
        "<no> (?:ter)?sadar(?:kan)?(?: diri)?(?! (?:kalau|kalo|klo|klu|bahwa|bhw|akan|betapa))|"
        "(?:hilang|ilang|kehilangan|penurunan) kesadaran",
    ),
    ("eling emut", "<no> (?:eling|emut)"),
    # fits
    ("kejang kejet stuip", "kejang(?:an)?|kejet|stuip"),
    ("step", f"{_CHILD}(?: \\w+){{0,4}} step(?! (?:{_AFTER_STEP}))"),
    ("step", "(?:lagi|lg|kena|sedang|mendadak|kambuh|panas|demam) step"),
    ("step", "step(?: \\w+){0,2} (?:panas|demam|tinggi|mulut|badan|tolong|tulung)"),
    # breath
    ("sesa sese nyesek", "(?:sesa[kg]|nyesek|sese[kg])(?: \\w+)? (?:nafas|napas|ambegan|ambekan)"),
    ("sesa sese", "sese?a?[kg] (?:bgt|banget|sekali|pisan|parah|berat|terus|trs|dada)"),
    ("sesa sese", "(?:lagi|lg|tambah|makin|anak|bayi|ibu|bapak) (?:sesa[kg]|sese[kg])"),
    ("nafas napas ambe", f"<no> (?:bisa|bs|iso|isa|tiasa|saged|kuat) {_BREATHE}"),
    ("nafas napas ambe", f"(?:susah|sulit|kesulitan|berhenti|henti|mandeg|mandek) {_BREATHE}"),
    ("nafas napas ambe", f"{_BREATHE} (?:berhenti|mandeg|mandek|putus|megap|satu satu|<no> ada)"),
    ("megap engap eungap ampeg", "megap|eungap|engap|ampeg"),
    ("sedak selek", "tersedak|keselek|kesedak|kaselek"),
    ("biru", "(?:badan|bibir|bayi|anak|muka|kuku)(?:nya)?(?: \\w+){0,2} (?:mem|ke)?biru(?:an)?"),
    # birth
    (
        "lahir nglair lairan babaran brojol",
        "(?:mau|mw|arep|ape|bade|badhe|hendak|akan|keburu|udah|sudah|sdh) (?:lahiran|melahirkan|"
        "nglairke|nglairaken|lairan|mbabar|babaran|ngalahirkeun|brojol)",
    ),
    ("ketuban kawah", "(?:ketuban|kawah|kakawah)(?:nya|e)?(?: \\w+){0,2} (?:pecah|bocor|rembes)"),
    ("pecah", "pecah (?:ketuban|kawah)"),
    ("bukaan", "bukaan \\d+"),
    ("bayi kepala", "(?:bayi|kepala)(?:nya)? (?:udah|sudah|sdh|wis) (?:keluar|metu|kelihatan)"),
    # an ambulance that is needed, or does not come
    (
        "ambulan",
        f"{_AMBULANCE}(?: \\w+){{0,2}} <no> (?:bisa|bs|iso|isa|tiasa|saged|ada|datang|dtg|dateng|"
        "nyampe|sampai|angkat|aktif|nyambung|diangkat|muncul|teka|jawab)",
    ),
    (
        "ambulan",
        "(?:butuh|perlu|minta|mnt|panggil(?:kan|in)?|kirim(?:kan|in)?|tolong|tlg|tulung|cepat|"
        f"cepet|mohon|njaluk|peryogi|nyuwun|menta)(?: \\w+)? {_AMBULANCE}",
    ),
    ("ambulan", f"{_AMBULANCE} (?:mana|cepat|cepet|segera|tolong|darurat|endi|kamana)"),
    # blood
    ("darahan", "p[ea]n?darahan|perdarahan"),
    ("darah", "(?:muntah|batuk|berak|bab|kencing) darah|berdarah (?:terus|trs|banyak|hebat)"),
    (
        "darah",
        "darah(?:nya|e)?(?: \\w+){0,2} (?:<no> (?:berhenti|brenti|mandeg|eureun)|ngucur|mengucur|"
        "ngocor|muncrat|banyak)",
    ),
    ("getih", "getih(?:e|na)?(?: \\w+){0,2} (?:metu|ngocor|mili|kaluar|mancur)"),
    # accidents and violence
    ("celakaan cilakaan laka", "kecelakaan|kacilakaan|laka lantas"),
    ("tabrak srempet serempet", "tabrakan|(?:ke|ter|di)tabrak|tabrak lari|kesrempet|keserempet"),
    ("tenggelam lelep", "tenggelam|kelelep|kalelep|tikelelep"),
    ("setrum setrom sengat sambar", "kesetrum|kesetrom|tersengat \\w+|tersambar petir"),
    ("bakar siram", "kebakaran|luka bakar|tersiram (?:air|aer) panas|kesiram (?:air|banyu|wedang)"),
    (
        "ular ulo ula oray kobra",
        "(?:ke|ka|ter|di)?(?:gigit|patok|patuk|cokot|catok|pacok|cathek|catek)(?:an)? (?:\\w+ )?"
        "(?:ular|ulo|ula|oray|kobra)|bisa ular",
    ),
    ("racun", "keracunan"),
    ("bacok tusuk tembak begal perkosa eroyok", "di(?:bacok|tusuk|tembak|begal|perkosa|keroyok)"),
    ("perkosaan", "perkosaan"),
    (
        "jatuh jatoh tiba ragrag labuh",
        "(?:jatuh|jatoh|tiba|ragrag|labuh)(?: \\w+)? (?:dari|dr|saka|seko|ti|tina)(?: \\w+)? "
        "(?:pohon|wit|tangkal|atap|genteng|tangga|motor|jurang|tebing)",
    ),
    ("patah", "patah (?:tulang|kaki|tangan|leher)|tulang(?:nya)? patah"),
    # heart and head
    ("jantung", "(?:serangan|henti) jantung|jantung(?:nya)? (?:berhenti|mandeg)"),
    ("nadi denyut", "<no> ada (?:nadi|denyut)"),
    ("dada", "(?:nyeri|sakit|nyesek) dada|dada(?:nya)?(?: \\w+){0,2} (?:sakit|nyeri|sesak|ampeg)"),
    ("stroke", "(?:kena|terkena|serangan|gejala|tanda) stroke|stroke (?:mendadak|tiba|tolong)"),
    ("mencong perot", "(?:mulut|bibir|wajah|muka)(?:nya|e)?(?: \\w+)? (?:mencong|perot)"),
    ("lumpuh pelo", "(?:lumpuh|pelo) (?:mendadak|tiba|sebelah|separuh)"),
    # in plain words
    (
        "sekarat kritis",
        "sekarat|(?:lagi|sedang|kondisi|pasien|keadaan)(?:nya)? kritis|kritis tolong",
    ),
    ("meninggal", "(?:hampir|mau|meh) meninggal"),
    (
        "gawat darurat emergency",
        "(?:keadaan|kondisi|kondisinya|lagi|sangat|tolong|ini|iki|ieu) (?:gawat|darurat|emergency)|"
        "(?:gawat|darurat|emergency) (?:tolong|tulung|min|pak|bu|dok|banget|bgt|pisan|cepat)",
    ),
)
"""(pieces of words of which one must be there, pattern)."""

DESPAIR: tuple[tuple[str, str], ...] = (
    ("akhir", "(?:ng|meng)?akhirin? (?:hidup|idup|nyawa|urip)(?:ku|nya)?"),
    ("bunuh bundir", "bunuh diri|bundir"),
    ("gantung ngendat suicide harm", "gantung diri|ngendat|suicide|self ?harm"),
    ("mati modar maot paeh", f"(?:{_WANT}|lebih baik) (?:mati|modar|maot|paeh)"),
    ("racun loncat lompat", f"{_WANT} (?:minum racun|loncat|lompat)"),
    ("racun baygon potas pestisida", "minum (?:racun|baygon|potas|pestisida)"),
    ("hidup idup urip hirup", "(?:capek|cape|lelah|bosan|kesel|bosen) (?:hidup|idup|urip|hirup)"),
    (
        "hidup idup urip hirup",
        "<no> (?:mau|ingin|pengen|pgn|kuat|sanggup|pengin|hayang)(?: \\w+)? "
        "(?:hidup|idup|urip|hirup)",
    ),
    ("lukai nyakiti menyakiti sayat", "(?:melukai|lukai|me?nyakiti|nyakitin) diri|me?nyayat \\w+"),
    ("dosis overdos", "over ?dosis"),
)
"""The same for who does not want to live. Nothing denies these: who says that he does not want to
die may need somebody too.
"""

FILLERS = (
    "sampai|sampe|smp|ada|yg|yang|pernah|prnh|sempat|sempet|jadi|jd|lagi|lg|mau|kena|pake|sih|"
    "nganti|tepi|tepik|nepi|aya|kok"
)
"""What may stand between a word that denies and what it denies."""

PAST = (
    "(?:tahun|thn|th|bulan|bln|minggu|taun|wulan|sasi) (?:lalu|kemarin|kmrn|kepungkur|wingi|"
    "kamari|yl|kapungkur)|"
    "\\d+ (?:tahun|thn|th|bulan|bln|minggu|hari|taun|sasi) (?:yang |yg )?(?:lalu|kepungkur|yl)|"
    "dulu|dahulu|dulunya|waktu itu|wkt itu|mbiyen|biyen|riyin|baheula|jaman|zaman|pernah|prnh|"
    "bekas|riwayat|pasca|paska|sejak kecil|"
    "(?:sudah|sdh|udah|udh|wis|wes|sampun|tos|geus) (?:sembuh|sehat|pulih|waras|cageur|selamat|"
    "baikan|mari)"
)
"""It was once: no alarm, unless a word of the present stands beside it."""

PRESENT = (
    "sekarang|skrg|skr|skrang|saat ini|barusan|baru saja|baru aja|masih|msh|saiki|sakniki|"
    "samenika|ayeuna|kiwari|keur|lagi|tolong|tlg|tulung|cepat|cepet|gancang"
)

BIRTH = "lahir|lairan|nglair|babaran|mbabar"
PLANS = (
    "(?:bulan|bln|minggu|tahun|thn|wulan|sasi) (?:depan|dpn|ngarep|hareup|payun)|hpl|biaya|"
    "syarat|persyaratan|rencana|jadwal|usg|tarif"
)
"""A birth that is planned is no alarm."""

SPOKEN_OF = (
    "obat|jadwal|biaya|klaim|surat|poli|kontrol|asuransi|penyuluhan|sosialisasi|seminar|edukasi|"
    "poster|simulasi|pelatihan|lomba|film|cegah|pencegahan|mencegah|materi|webinar|unit|"
    "instalasi|ruang|ruangan|igd|ugd|layanan|pelayanan"
)
"""Before the word: it is spoken of («obat kejang kosong», «unit gawat darurat»), not suffered."""
