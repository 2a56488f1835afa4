"""Word lists: names as people of a country write them, with a spelling for e-mail addresses.

A name is either one word, or `native=latin` where the native spelling is no ASCII.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A first or last name and its ASCII spelling."""

    native: str
    latin: str


@dataclass(frozen=True, slots=True)
class Culture:
    """What people of some countries are called.

    Attributes:
        countries: ISO 3166 alpha-2 codes, more frequent ones repeated.
        family_first: the full name is written family name first.
    """

    countries: tuple[str, ...]
    first: tuple[Name, ...]
    last: tuple[Name, ...]
    language: str
    family_first: bool = False


def _names(text: str) -> tuple[Name, ...]:
    names = []
    for word in text.split():
        native, _, latin = word.replace("_", " ").partition("=")
        names.append(Name(native, (latin or native).lower().replace(" ", "").replace("'", "")))
    return tuple(names)


ENGLISH = Culture(
    ("US", "US", "US", "US", "US", "US", "CA", "GB", "GB", "AU", "NZ", "IE", "ZA"),
    _names(
        "Olivia Liam Emma Noah Charlotte Oliver Amelia James Sophia William Mia Henry Harper Lucas"
        " Evelyn Theodore Abigail Jack Emily Levi Ella Owen Scarlett Wyatt Grace Leo Chloe Asher"
        " Victoria Ezra Riley Hudson Aria Miles Nora Ethan Hazel Aiden Zoe Samuel Stella Gabriel"
        " Violet Julian Aurora Isaac Savannah Caleb Audrey Nathan Brooklyn Ryan Claire Adrian"
        " Siobhán=Siobhan Seán=Sean Zoë=Zoe Mary-Jane Jean-Luc"
    ),
    _names(
        "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Thomas Taylor Moore"
        " Jackson Martin White Thompson Harris Clark Lewis Robinson Walker Young King Wright Scott"
        " Hill Green Adams Baker Nelson Carter Mitchell Roberts Turner Phillips Campbell Parker"
        " Evans Edwards Collins Stewart Morris Rogers Reed Cook Morgan Bell Murphy Bailey O'Brien"
        " McAllister Ó_Conaill=oconaill D'Angelo Smith-Jones Van_Dyke St._John=stjohn"
    ),
    "en",
)

SPANISH = Culture(
    ("MX", "MX", "ES", "ES", "AR", "CO", "US", "US"),
    _names(
        "Sofía=Sofia Mateo Valentina Santiago Camila Sebastián=Sebastian Lucía=Lucia Matías=Matias"
        " María=Maria José=Jose Ximena Andrés=Andres Inés=Ines Ángel=Angel Daniela Iván=Ivan Paula"
        " Joaquín=Joaquin Martina Nicolás=Nicolas Elena Raúl=Raul Renata Tomás=Tomas Begoña=Begona"
    ),
    _names(
        "García=Garcia Hernández=Hernandez López=Lopez Martínez=Martinez Rodríguez=Rodriguez"
        " González=Gonzalez Pérez=Perez Sánchez=Sanchez Ramírez=Ramirez Torres Flores Rivera"
        " Gómez=Gomez Díaz=Diaz Cruz Morales Ortiz Gutiérrez=Gutierrez Núñez=Nunez Muñoz=Munoz"
        " Peña=Pena Ibáñez=Ibanez De_la_Cruz=delacruz Castaño=Castano Vázquez=Vazquez"
    ),
    "es",
)

PORTUGUESE = Culture(
    ("BR", "BR", "PT"),
    _names(
        "João=Joao Ana Pedro Beatriz Luís=Luis Mariana Gonçalo=Goncalo Inês=Ines Tiago"
        " Conceição=Conceicao"
        " Caio Letícia=Leticia Vinícius=Vinicius Heloísa=Heloisa Thaís=Thais"
    ),
    _names(
        "Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Rodrigues Almeida Araújo=Araujo"
        " Magalhães=Magalhaes Conceição=Conceicao Simões=Simoes Assunção=Assuncao"
    ),
    "pt",
)

FRENCH = Culture(
    ("FR", "FR", "CH", "CA"),
    _names(
        "Chloé=Chloe Léa=Lea Hugo Camille Théo=Theo Inès=Ines Gaël=Gael Zoé=Zoe Benoît=Benoit"
        " François=Francois Hélène=Helene Anaïs=Anais Jérôme=Jerome Océane=Oceane"
        " Loïc=Loic Maëlle=Maelle"
    ),
    _names(
        "Martin Bernard Dubois Durand Moreau Lefèvre=Lefevre Girard Lambert Fontaine"
        " Chevalier Gauthier"
        " Mercier Rousseau Béranger=Beranger Lemaître=Lemaitre Boucher"
        " L'Héritier=lheritier Noël=Noel"
    ),
    "fr",
)

GERMAN = Culture(
    ("DE", "DE", "DE", "CH"),
    _names(
        "Jürgen=Juergen Sabine Lukas Anneliese Björn=Bjoern Käthe=Kaethe Maximilian"
        " Hannah Jörg=Joerg"
        " Ursula Moritz Bärbel=Baerbel Günther=Guenther Leonie Sören=Soeren Franziska"
    ),
    _names(
        "Müller=Mueller Schmidt Schneider Fischer Weber Schäfer=Schaefer Koch Bauer"
        " Schröder=Schroeder"
        " Krüger=Krueger Hoffmann Groß=Gross Weiß=Weiss Jäger=Jaeger Köhler=Koehler"
        " Von_Berg=vonberg"
    ),
    "de",
)

EUROPEAN = Culture(
    ("IT", "IT", "NL", "SE", "PL", "GR", "TR"),
    _names(
        "Giulia Matteo Niccolò=Niccolo Chiara Åsa=Asa Håkan=Hakan Łukasz=Lukasz"
        " Małgorzata=Malgorzata"
        " Γιώργος=Giorgos Ελένη=Eleni Çağla=Cagla İbrahim=Ibrahim Femke Joost"
        " Żaneta=Zaneta Öykü=Oyku"
    ),
    _names(
        "Rossi Esposito Bianchi Andersson Lindström=Lindstrom Sjöberg=Sjoberg Kowalski"
        " Wiśniewska=Wisniewska"
        " Παπαδόπουλος=Papadopoulos Γεωργίου=Georgiou Y\u0131lmaz=Yilmaz"
        " Şahin=Sahin De_Vries=devries"
        " Van_den_Berg=vandenberg Łuczak=Luczak"
    ),
    "it",
)

JAPANESE = Culture(
    ("JP",),
    _names(
        "花子=hanako 太郎=taro 美咲=misaki 健太=kenta さくら=sakura 大輔=daisuke 陽菜=hina 翔=sho"
        " ケンジ=kenji 直美=naomi"
    ),
    _names(
        "佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 伊藤=ito 渡辺=watanabe 山本=yamamoto"
        " 中村=nakamura 小林=kobayashi 髙﨑=takasaki"
    ),
    "ja",
    family_first=True,
)

CHINESE = Culture(
    ("CN", "CN", "TW", "HK"),
    _names(
        "伟=wei 芳=fang 秀英=xiuying 敏=min 静=jing 丽=li 强=qiang"
        " 志明=zhiming 淑芬=shufen 雅婷=yating 宇軒=yuxuan 欣怡=xinyi"
    ),
    _names(
        "王=wang 李=li 張=zhang 刘=liu 陈=chen 楊=yang 黃=huang 赵=zhao 吴=wu 周=zhou 歐陽=ouyang"
        " 司马=sima"
    ),
    "zh",
    family_first=True,
)

KOREAN = Culture(
    ("KR",),
    _names(
        "민준=minjun 서연=seoyeon 지우=jiwoo 하은=haeun 도윤=doyun 수빈=subin 지훈=jihun 예린=yerin"
    ),
    _names("김=kim 이=lee 박=park 최=choi 정=jung 강=kang 조=cho 윤=yoon"),
    "ko",
    family_first=True,
)

ARABIC = Culture(
    ("AE", "AE", "SA", "EG"),
    _names(
        "محمد=mohammed فاطمة=fatima أحمد=ahmed عائشة=aisha يوسف=youssef مريم=mariam عمر=omar"
        " ليلى=layla خالد=khalid نور=nour"
    ),
    _names(
        "الهاشمي=alhashimi المنصوري=almansouri العتيبي=alotaibi القحطاني=alqahtani حسن=hassan"
        " إبراهيم=ibrahim عبد_الله=abdullah الشريف=alsharif"
    ),
    "ar",
)

SOUTH_ASIAN = Culture(
    ("IN", "IN", "SG", "GB"),
    _names(
        "Aarav Diya Vivaan Ananya Arjun Priya Rohan Kavya Rahul Meera Vikram Neha Sanjay Lakshmi"
        " आरती=aarti राहुल=rahul"
    ),
    _names(
        "Sharma Patel Singh Kumar Gupta Reddy Iyer Nair Mehta Kapoor Das Rao शर्मा=sharma Chowdhury"
    ),
    "en",
)

HEBREW = Culture(
    ("IL",),
    _names("נועה=noa איתן=eitan תמר=tamar דוד=david יעל=yael"),
    _names("כהן=cohen לוי=levi מזרחי=mizrahi פרץ=peretz בן-דוד=bendavid"),
    "he",
)

# (culture, share of the people in percent)
CULTURES: tuple[tuple[Culture, int], ...] = (
    (ENGLISH, 46),
    (SPANISH, 14),
    (FRENCH, 6),
    (GERMAN, 6),
    (EUROPEAN, 6),
    (PORTUGUESE, 4),
    (JAPANESE, 5),
    (CHINESE, 5),
    (ARABIC, 3),
    (SOUTH_ASIAN, 3),
    (KOREAN, 1),
    (HEBREW, 1),
)

MAIL_DOMAINS = (
    "mailbox-demo.net",
    "postbox-demo.net",
    "letters-demo.org",
    "inbox-demo.co",
    "travelmail-demo.com",
)

STREETS = (
    "Harbour Road",
    "Maple Avenue",
    "Station Street",
    "Orchard Lane",
    "Bellevue Drive",
    "Canal Walk",
    "Cedar Court",
    "Sunset Boulevard",
    "Mill Lane",
    "Park Terrace",
)

COMPANIES = (
    "Northwind Logistics",
    "Harbour & Vale",
    "Bluestone Partners",
    "Cobalt Engineering",
    "Marigold Foods",
    "Pinecrest Dental",
    "Silverline Media",
    "Atlas Freight",
    "Juniper Architects",
    "Redwood Insurance",
    "Solstice Travel",
    "Tidewater Marine",
    "Aurora Biotech",
    "Copperfield Books",
    "Greenleaf Organics",
    "Lighthouse Schools",
    "Meridian Legal",
    "Quarry Hill Winery",
    "Saffron Kitchens",
    "Summit Outdoor",
)
