# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What the months are called in logs: the abbreviations that strftime's %b and %Ob print in all locales
# of Debian, in UTF-8. A row has the number of a month, and names; a month has several rows. Names are
# without a dot at their end, and their A to Z are small.
#
# An apostrophe stands for the curly one, too. Some names mean two months: "lis" is October in Croatia and
# November in Poland. An English one never does: "Jan", June in Sesotho, is January.

package Months;

use strict;
use warnings;

my %named;    # name => [months, from 0]

while (my $row = <DATA>) {
    chomp $row;
    my ($number, $names) = split / /, $row, 2;
    for my $name (split /[|]/, $names) {
        my $curly = $name =~ s/'/\xE2\x80\x99/r;
        push @{ $named{$_} }, $number - 1 for $name, $curly ne $name ? $curly : ();
    }
}
close DATA;

# Parameter: a name as logged. Returns the months that it may mean, counted from 0; none if it is no name.
sub named {
    my ($name) = @_;
    return @{ $named{ $name =~ tr/A-Z/a-z/r =~ s/ *[.]?$//r } // [] };
}

1;

__DATA__
01 1-р сар|1g|1月|1월|ama|ark|bhi|chi|de gen|dja|ean|ene|eni|faoi|fer|gen|ghe|ian|ini|ion|j-guer
01 jaan|jan|janv|jen|jän|kob|kohi|kwe|kĂr|led|mqu|mut|oca|ođđj|pet|pha|phe|qun|s-Ɔ|san|sau|saus
01 siakwa kati|sii|sij|stu|sty|stë|sun|sñt|sān|tammi|thg 1|urt|xan|xin|yan|yen|zan|zen|Çil|Ýan
01 Ğın|Ιαν|Ажь|Шрк|Янв|гыйн|сту|січ|тохс|янв|яну|јан|Қаң|Հնվ|יאַנ|ינו|جانفي|جنؤری|جنوري|جنوری
01 كانون الثاني|يانۋار|ينا|يناير|ژانویه|کا٢|܏ܟܢ ܏ܒ|ޖެނުއަރީ|जन|जनवरी|जन॰|जानुवारी|जाने|जानेवारी
01 बैसाख|জান|জানু|ਜਨ|જાન્યુ|ଜାନୁଆରୀ|ஜன|జన|ಜ|ಜನ|ജനു|ජන|ม.ค|ມ.ກ|ཟླ་༡|ဂျာန်|ဇန်|လိူၼ်ၵမ်|იან|ልደት
01 ጃንዩ|ጠሐረ|ጥሪ|ᎤᏃ|ᔮᓄ|១|Ṣẹ́rẹ́|一|一月
02 2-р сар|2g|2月|2월|chk|chw|col|cʼhw|de febr|fab|fbl|feabh|feb|febr|fee|fep|fev|few|fib|fiw|fra
02 fre|fur|fév|févr|fēp|gas|gearr|gro|guov|gur|helmi|hla|hor|hui|hwe|k-Ɔ|kup|kuswa kati|lab|luh
02 lut|mdu|nah|nar|ots|peb|phi|shk|sib|sñs|t-arree|thang|thg 2|tlh|tsi|van|vas|veebr|velj|yan
02 Èrèlè|úno|Şub|Φεβ|Ақп|Жәаб|Пгж|Фев|лют|олун|феб|фев|Փտր|פֿעב|פבר|شباط|شوب|فبر|فبراير|فبروري
02 فرؤری|فروري|فروری|فوریه|فيفري|فېۋرال|ܫܒܛ|ފެބްރުއަރީ|जेठ|फबरवरी|फर|फरवरी|फ़रवरी|फ़र॰|फेब्रु
02 फेब्रुअरी|फेब्रुवारी|ফেব|ফেব্ৰু|ਫ਼ਰ|ફેબ્રુ|ଫେବୃଆରୀ|பிப்|ఫిబ్ర|ಫೆ|ಫೆಬ್ರ|ഫെബ്രു|පෙබ|ก.พ|ກ.ພ
02 ཟླ་༢|ဖေ|လိူၼ်သၢမ်|ဝှေဝ်|თებ|ለካቲ|ከተተ|ካብኽ|ፌብሩ|ᎧᎦ|ᕕᕗ|២|二|二月
03 3-р сар|3g|3月|3월|ada|bit|bře|cig|de març|e-Ɔ|fam|kakamuk kati|kov|kul|kuo|kwi|maa|maalis|mac
03 maj|mar|mars|març|mas|mat|maw|mayrnt|maʻa|mbo|meu|meɣ|mie|mop|moz|mrt|msi|màrt|márc|márta
03 mäe|mär|märts|mås|měr|njuk|ožu|pan|pou|puŠ|sad|sak|sqe|str|the|thg 3|tlh|uya|vul|wer|xam|Μάρ
03 Μαρ|Мар|Нау|Хәажә|бер|кул|мар|сак|Ӱрн|Մար|מאַר|מרץ|آذار|ئاز|مار|مارت|مارس|مارٕچ|مارچ|ܐܕܪ
03 މާރޗް|अषाढ़|मार्च|मार्चि|मार्स|মার|মার্চ|মাৰ্চ|ਮਾਰਚ|માર્ચ|ମାର୍ଚ୍ଚ|மார்|మార్చి|ಮಾ|ಮಾರ್ಚ್|മാർ
03 මාර්|มี.ค|ມ.ນ|ཟླ་༣|မတ်|မာတ်|လိူၼ်သီႇ|მარ|መገበ|መጋቢ|ማርች|ክብላ|ᎠᏅ|ᒪᔅ|៣|Ẹrẹ̀nà|三|三月
04 4-р сар|4g|4月|4월|abr|afi|afr|agd|aib|aka|ape|api|apl|apr|april|apu|arv|avr|avril|avrril|awr
04 bal|cuoŋ|dub|dzi|d'abr|e-o|ebr|elb|eph|epr|gibl|huhti|jang|kra|kwe|kwi|lam|lî wainhka kati
04 mab|mat|mme|mor|nis|nîs|pae|pri|qil|see|tay|thg 4|tra|tsh|yeb|Éwt|Ìgbé|ápr|łżë|ʻepe|Απρ|Апр
04 Вшр|Мш|Сәу|апр|кві|кра|муус|Ապր|אַפּר|אפר|آوریل|أبر|أبريل|أفريل|ئاپرېل|اپريل|اپریل|نيسان|نیس
04 ܢܝܣܢ|އެޕްރީލް|अप|अप्रिल|अप्रेल|अप्रै|अप्रैल|एप्रि|एप्रिल|एप्रैल|सावोन|এপ্রি|এপ্রিল|এপ্ৰিল
04 ਅਪ੍ਰੈ|એપ્રિલ|ଅପ୍ରେଲ|ஏப்|ఏప్రి|ಏ|ಏಪ್ರಿ|ഏപ്രി|අප්‍රි|เม.ย|ມ.ສ|ཟླ་༤|လိူၼ်ႁႃႈ|အေ|ဧပြီ|აპრ|ሚያዝ
04 አኀዘ|ኤፕረ|ፋጅኺ|ᎧᏬ|ᐃᐳ|៤|四|四月
05 5-р сар|5g|5月|5월|aru|beal|boaldyn|cam|can|cax|cèit|de maig|duu|e-k|ell|geg|gic|gul|hara|keg
05 khk|kvě|lih mairin kati|maa|mae|mag|mai|maig|maj|may|maz|maí|maý|me|mee|mei|mej|mey|mies|moj
05 mot|mud|máj|môj|mē|sha|shu|sup|svi|tai|thg 5|touko|Şu|Μάι|Μαΐ|Ага|Лаҵ|Май|Мам|май|мая|мај
05 тра|ыам|Մայ|מאי|מײַ|أيار|ئای|مئی|ماي|مايو|مه|مي|مٓی|میٔ|مۍ|ܐܝܪ|މެއި|भादो|मई|मे|मेई|মে|ਮਈ|મે
05 ମଇ|மே|మే|ಮೇ|മേയ്|මැයි|พ.ค|ພ.ພ|ཟླ་༥|မေ|လိူၼ်ႁူၵ်း|მაი|ሜይ|ክቢቅ|ግንባ|ግንቦ|ᎠᏂ|ᒪᐃ|៥|Ẹ̀bibi|五|五月
06 6-р сар|6g|6月|6월|birž|brá|bėr|chn|cze|czy|de juny|djn|eka|geas|giu|haz|hez|hun|iun|iyn|iýn
06 iġñ|jen|jon|jug|juin|jun|junh|juni|juny|juu|juuni|jún|jūn|kam|kesä|kho|kor|lip|lix|lwi|làm
06 lî kati|m-souree|meh|meith|met|mezh|nhl|nip|o-a|pipi|qas|qer|see|sil|sun|suw|teg|thg 6|tsp
06 vos|wax|xun|xuñ|yun|yün|zin|zûg|Ògmh|Òkúdu|Čer|čen|Ġun|İyn|ŞĔr|Ιουν|Ιούν|Июн|Мау|Пдш|Рашә
06 бэс|июн|июнь|чер|чэр|юни|јун|Հնս|יונ|ئىيۇن|جوان|جون|جوٗن|حزيران|حوز|يون|يونيو|ژوئن|ܚܙܝܪܢ
06 ޖޫން|आसिन|जुन|जून|जूनि|জুন|ਜੂਨ|જૂન|ଜୁନ|ஜூன்|జూన్|ಜೂ|ಜೂನ್|ജൂൺ|ජූනි|มิ.ย|ມິ.ຖ|ཟླ་༦|ဂျုန်|ဇွန်
06 လိူၼ်ၸဵတ်း|ივნ|ም/ት|ሠንየ|ሰነ|ጁን|ᏕᎭ|ᔪᓂ|៦|六|六月
07 7-р сар|7g|7月|7월|a-k|ado|agẹmọ|arg|chl|de jul|djl|gor|gou|hei|heinä|hul|hōngoi|itc|iuch|iul
07 iyl|iúil|iýl|j-souree|jak|jiy|jol|jui|juil|jul|juli|juuli|júl|jūl|kha|kho|kor|kun|lai|liep
07 lip|lug|lui|lul|lwa|lëp|lûg|maw|mor|nya|pastara kati|phu|qad|siu|srp|sul|suoi|tem|thg 7|tod
07 tqw|tîr|upu|utĂ|uzt|xnt|xul|yul|yül|zil|čec|İyl|Ιουλ|Ιούλ|Июл|Срм|Шіл|июл|июль|лип|ліп|от
07 юли|јул|Ԥхынгә|Հլս|יול|ئىيۇل|تموز|تەم|جولاءِ|جولائی|جولاي|جولای|جويلية|جوٗلایی|يول|يوليو
07 يوليوز|ژوئیه|ܬܡܘܙ|ޖުލައި|कातिक|जुल|जुला|जुलाइ|जुलाई|जुलै|जुल॰|जूलाइ|जूलै|জুল|জুলাই|ਜੁਲਾ
07 જુલાઈ|ଜୁଲାଇ|ஜூலை|జులై|ಜು|ಜುಲೈ|ജൂലൈ|ජූලි|ก.ค|ກ.ລ|ཟླ་༧|ဂျူ|ဇူ|လိူၼ်ပႅတ်ႇ|ივლ|ሐመለ|ሓምለ|ኰር|ጁላይ|ᎫᏰ
07 ᔪᓚ|៧|七|七月
08 8-р сар|8g|8月|8월|abu|ag|aga|ago|agt|agu|aog|aok|aoû|août|arh|aug|aus|avg|avo|avq|awg|awo|aws
08 awu|aww|ağu|aŭg|borg|ct̓é|d-Ɔ|d'ag|elo|eos|est|gsh|hag|here|juk|kan|kol|leq|luanistyn|lùna
08 lún|mha|ngc|ngu|oga|ogos|ogs|oug|out|pai|pha|rgp|rugp|sid|sie|sikla kati|srp|teb|thg 8|thu
08 tiñ|uut|win|yag|zél|Ògún|Öig|ágú|ögu|Şur|Žni|Ɣuc|ɣuc|ʻaok|Αυγ|Αύγ|Авг|Нанҳә|Срл|Там|авг|атыр
08 жні|сер|Օգս|אוג|אױג|آب|آقۇست|آگسٽ|أغس|أغسطس|أوت|ئاب|ئاۋغۇست|اوت|اګست|اگست|غشت|ܐܒ|އޮގަސްޓް|अग
08 अगस्ट|अगस्त|अगहन|अग॰|आगस्टु|आगस्थ|ऑग|ओगस्ट|আগ|আগস্ট|ਅਗ|ઑગસ્ટ|ଅଗଷ୍ଟ|ஆக|ఆగ|ಆ|ഓഗ|අගෝ|ส.ค|ສ.ຫ
08 ཟླ་༨|လိူၼ်ၵဝ်ႈ|အဝ်|ဩ|აგვ|ማርያ|ነሐሰ|ነሓሰ|ኦገስ|ᎦᎶ|ᐊᒋ|៨|Ọgọ|八|八月
09 9-р сар|9g|9月|9월|ami|avĂ|cab|chi|cte|cut|dait|de set|eyl|f-Ɛ|ful|gwe|gwn|her|ira|khu|leo|lwe
09 m-fouyir|mahu|med|mfómh|msi|ndz|nyo|nze|owewe|qel|rugs|ruj|sag|sat|seb|sen|sep|sept|set|sht
09 sie|sin|sip|sit|slt|stb|sult|syys|szept|sèp|séw|tah|thg 9|vie|way|wrz|wîs kati|zář|Îlo|čakč
09 Σεπ|Идм|Сен|Цәыб|бал|вер|сен|сент|сеп|Қыр|Սեպ|סעפּ|ספט|أيلول|ئەی|سبت|سبتمبر|ستمبر|سيپٽيمبر
09 سپتامبر|سپتمبر|سېنتەبىر|شتنبر|ܐܝܠܘܠ|ސެޕްޓެންބަރ|पूस|सप्टें|सित|सितंबर|सितम्बर|सित॰|सेप्टेंबर
09 सेप्टेंबरू|सेप्टेम्बर|सेबथेज्ब़र|সেপ|সেপ্ট|সেপ্টেম্বর|ਸਤੰ|સપ્ટે|ସେପ୍ଟେମ୍ବର|செப்|సెప్టెం|ಸೆ
09 ಸೆಪ್ಟೆಂ|സെപ്റ്റം|සැප්|ก.ย|ກ.ຍ|ཟླ་༩|စက်|လိူၼ်သိပ်း|သိပ်|სექ|መስከ|ሴፕቴ|ከረመ|ያኸኒ|ᏚᎵ|ᓯᑎ|៩|九|九月
10 10-р сар|10g|10月|10월|cot|dfómh|dip|dit|dwa|dàmh|d'oct|eki|golg|hed|her|hyd|imp|ipam|j-fouyir
10 jup|kas|kṭu|lad|lis|loka|mph|nhl|och|oct|oke|oki|okt|onk|ott|otu|out|paź|phe|puk|ruj|sik|spa
10 spal|tet|thg 10|tob|tsh|tub|ukt|ukw|urr|waupasa kati|whi-nu|wél|wím|yar|Ükt|ökt|ött|říj|Ɔ-a
10 ɔtb|ʻoka|Οκτ|Жьҭ|Окт|Шыж|алт|жов|кас|окт|Қаз|Հոկ|אָקט|אוק|آڪٽوبر|أكت|أكتوبر|ئۆكتەبىر|اكتبر
10 اكتوبر|اوْکتوْبر|اکتوبر|اکتوٗبر|تشرين الأول|تش١|܏ܬܫ ܏ܐ|އޮކްޓޫބަރ|अकटू|अक्टू|अक्टूबर|अक्टोबर
10 अक्तूबर|अक्तू॰|अखथबर|आक्टूबरू|ऑक्टो|ओक्टोबर|माघ|অক্টো|অক্টোবর|ওক্ত|ਅਕਤੂ|ઑક્ટો|ଅକ୍ଟୋବର|அக்
10 అక్టో|ಅ|ಅಕ್ಟೋ|ഒക്ടോ|ඔක්|ต.ค|ຕ.ລ|ཟླ་༡༠|လိူၼ်သိပ်းဢဵတ်း|အောက်|အံက်|ოქტ|መተሉ|ኦክተ|ጠቀመ|ጥቅም|ᏚᏂ|ᐊᑦ
10 ១០|Ọkt|Ọ̀wàrà|十|十月
11 11-р сар|11g|11月|11월|aza|bélú|cÜk|de nov|du|huk|jol|kas|kit|kun|lap|lapkr|lis|lwe|lës
11 m.houney|marras|mij|ngw|nip|nka|nob|nof|nov|now|noy|noý|nuv|nuw|nvb|nën|nóv|nôv|nöw|nōv|onn
11 pay|phai|pud|sad|samh|shin|skáb|stu|tach|thg 11|u7l|ugu|usi|wam|whi-ra|win|xim|yahbra kati
11 Ɔ-o|Νοέ|Νοε|Абҵ|Клм|Ноя|лис|ліс|нов|ное|ноя|нояб|сэт|Қар|Նմբ|נאָװ|נוב|تشرين الثاني|تش٢
11 نوامبر|نوف|نوفمبر|نومبر|نونبر|نويابىر|نوْوامبر|܏ܬܫ ܏ܒ|ނޮވެންބަރ|नबेज्ब़र|नव|नवंबर|नवंबरू
11 नवम्बर|नव॰|नोभेम्बर|नोव्हें|नोव्हेंबर|फागुन|নবে|নভে|নভেম্বর|ਨਵੰ|નવે|ନଭେମ୍ବର|நவ|నవం|ನ|ನವೆಂ
11 നവം|නෙවැ|พ.ย|ພ.ຈ|ཟླ་༡༡|နဝ်|နို|လိူၼ်သိပ်းသွင်|ნოე|ሕዳር|ም/ም|ኀደረ|ኖቬም|ᏅᏓ|ᓄᕕ|១១|Ḽar|十一|十一月
12 12-р сар|12g|12月|12월|abe|ara|avi|bow|chr|de des|dec|dek|des|dets|dez|dhj|dic|dik|dis|dix|diċ
12 dsb|duj|déc|dùbh|grd|gru|gruod|gòd|haki|joulu|juov|kan|kax|ker|kev|lit|m-Ɔ|m.nollick|mati
12 mng|mud|mux|n'w|nad|ngo|noll|nye|pro|raŠ|rha|ris|sak|sed|siq|tes|tet|thg 12|tis|trisu kati
12 tsh|tīs|uku|Śni|Δεκ|Дек|Жел|Тел|ахс|гру|дек|дец|сне|Ԥхынҷ|Դեկ|דעצ|דצמ|دجنبر|دسامبر|دسمبر|ديس
12 ديسمبر|دېكابىر|كانون الأول|ڊسمبر|کا١|܏ܟܢ ܏ܐ|ޑިސެންބަރ|चैति|डिसें|डिसेंबर|डिसेम्बर|दिस|दिसंबर
12 दिसम्बर|दिसेज्ब़र|दिस॰|ॾिसंबरू|ডিস|ডিসে|ডিসেম্বর|ਦਸੰ|ડિસે|ଡିସେମ୍ବର|டிச|డిసెం|ಡಿ|ಡಿಸೆಂ|ഡിസം
12 දෙසැ|ธ.ค|ທ.ວ|ཟླ་༡༢|ဒီ|ဒဳ|လိူၼ်ၸဵင်|დეკ|ተሕሳ|ታሕሳ|ኀሠሠ|ዲሴም|ᎥᏍ|ᑎᓯ|១២|Ọ̀pẹ̀|十二|十二月
