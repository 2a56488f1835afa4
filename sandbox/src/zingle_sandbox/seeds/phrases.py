"""What guests and hotel staff text each other; non-English lines carry their translation."""

from __future__ import annotations

from typing import NamedTuple


class Exchange(NamedTuple):
    """A guest's message and an answer, each with its English translation if it needs one."""

    asks: str
    answers: str
    asks_english: str | None = None
    answers_english: str | None = None


ENGLISH: tuple[Exchange, ...] = (
    Exchange("Hi! Could we get two extra towels please?", "Of course, they are on their way."),
    Exchange(
        "What time is breakfast tomorrow?", "Breakfast is from 6:30 to 10:30 in the Garden Room."
    ),
    Exchange(
        "Is late check-out possible? Our flight is at 6pm", "Happy to offer 2 pm at no charge."
    ),
    Exchange(
        "The wifi keeps dropping in our room 😕",
        "Sorry about that! We have reset your access point.",
    ),
    Exchange(
        "Can you book a table for 4 at eight tonight?", "Done: the Terrace, 8 pm, four guests. 🍽️"
    ),
    Exchange(
        "We left a phone charger in the room, did you find it?",
        "Yes, it is at the front desk for you.",
    ),
    Exchange("Is the pool heated?", "It is, 28 °C, open until 10 pm."),
    Exchange(
        "The neighbours are very loud right now", "Thank you for telling us, security is going up."
    ),
    Exchange(
        "Could you call us a cab for 5:15 am?", "Booked. The driver will wait at the main entrance."
    ),
    Exchange("Do you have a crib?", "Yes, we will set one up this afternoon."),
    Exchange("AC is stuck at 16 degrees!!", "An engineer will knock in about ten minutes."),
    Exchange("Just arrived, thanks for the upgrade! ❤️", "Enjoy your stay, and text us any time."),
    Exchange("How far is the beach on foot?", "Seven minutes, down the steps behind the spa."),
    Exchange("Can I pay the minibar by card?", "Sure, it goes on your room bill."),
    Exchange("ok", "Anything else we can do for you?"),
    Exchange("👍", "See you soon!"),
)

BY_LANGUAGE: dict[str, tuple[Exchange, ...]] = {
    "es": (
        Exchange(
            "¿Podrían traer más almohadas, por favor?",
            "Claro, enseguida se las llevamos.",
            "Could you bring more pillows, please?",
            "Of course, we will bring them right away.",
        ),
        Exchange(
            "¿A qué hora cierra el restaurante?",
            "A las once de la noche.",
            "What time does the restaurant close?",
            "At eleven at night.",
        ),
        Exchange(
            "Llegaremos tarde, sobre medianoche",
            "Sin problema, la recepción está abierta toda la noche.",
            "We will arrive late, around midnight",
            "No problem, the front desk is open all night.",
        ),
    ),
    "fr": (
        Exchange(
            "Bonsoir, la clé de la chambre ne marche plus",
            "Nous vous en apportons une nouvelle.",
            "Good evening, the room key no longer works",
            "We are bringing you a new one.",
        ),
        Exchange(
            "Peut-on avoir un petit-déjeuner en chambre à 7 h ?",
            "Bien sûr, c'est noté pour 7 h.",
            "Can we have breakfast in the room at 7?",
            "Of course, noted for 7.",
        ),
    ),
    "de": (
        Exchange(
            "Guten Abend, wo können wir parken?",
            "Die Tiefgarage ist um die Ecke, Einfahrt Süd.",
            "Good evening, where can we park?",
            "The garage is around the corner, south entrance.",
        ),
        Exchange(
            "Das Licht im Bad geht nicht",
            "Danke für den Hinweis, der Techniker kommt gleich.",
            "The bathroom light does not work",
            "Thank you for telling us, the engineer is coming.",
        ),
    ),
    "pt": (
        Exchange(
            "Podem guardar as malas até à noite?",
            "Sim, na receção, sem custo.",
            "Can you keep the luggage until tonight?",
            "Yes, at the front desk, free of charge.",
        ),
    ),
    "ja": (
        Exchange(
            "チェックアウトは何時ですか?",
            "午前11時でございます。",
            "What time is check-out?",
            "It is at 11 am.",
        ),
        Exchange(
            "部屋にお水を2本お願いします",
            "かしこまりました。すぐにお持ちします。",
            "Two bottles of water to the room, please",
            "Certainly, we will bring them at once.",
        ),
    ),
    "zh": (
        Exchange(
            "请问几点可以入住?",
            "下午三点以后可以入住。",
            "What time can we check in?",
            "You can check in after 3 pm.",
        ),
        Exchange(
            "房間的空調太冷了",
            "好的,我們馬上派人處理。",
            "The air conditioning is too cold",
            "All right, we will send somebody now.",
        ),
    ),
    "ko": (
        Exchange(
            "수건을 더 받을 수 있을까요?",
            "네, 바로 가져다 드리겠습니다.",
            "May we have more towels?",
            "Yes, we will bring them right away.",
        ),
    ),
    "ar": (
        Exchange(
            "هل يوجد مسبح للأطفال؟",
            "نعم، بجانب المسبح الرئيسي.",
            "Is there a children's pool?",
            "Yes, next to the main pool.",
        ),
    ),
    "he": (
        Exchange(
            "באיזו שעה ארוחת הבוקר?",
            "בין שבע לעשר וחצי.",
            "What time is breakfast?",
            "Between seven and half past ten.",
        ),
    ),
}

SCHEDULED = (
    "Good morning! Checkout is at 11 am today. Reply if you need more time.",
    "Welcome! Your room will be ready at 3 pm. Text us when you are close.",
    "Thank you for staying with us. How was everything?",
)

PENDING = "Reminder: your spa appointment is tomorrow at 10 am."
