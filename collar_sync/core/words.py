"""The 256 safety words: short, plain, friendly, and hard to mishear for one another.

Their order is part of the wire: two versions that order them differently would show different words for one handshake.
No word may be within one letter of another, or begin another.
"""

from typing import Final

_LIST: Final = """
acorn album almond amber anchor angle apple apron arrow artist atlas autumn
badge bagel bakery balcony bamboo banjo barley basket beach beaver bicycle
biscuit blanket blossom bottle breeze bridge brush bubble bucket butter button
cabin cactus camera canal candle canoe canvas caramel carpet castle cedar cello
cherry chimney cinema circle citrus clover cobalt cocoa coconut comet compass cookie
copper coral corner cotton cousin cradle crayon cricket crystal cushion
dahlia daisy dancer desert diamond dinner dolphin dragon drawer
eagle easel echo elbow engine evening
fabric falcon family feather fiddle field finch flute forest fossil fountain friend frost
galaxy garden garlic gecko ginger giraffe glacier goose granite grape guitar
hammock harvest hazel hedge helmet hiking hollow honey horizon hotel
igloo indigo island ivory
jacket jaguar jasmine jelly jersey jigsaw journal juniper
kayak kettle kitchen kiwi koala
ladder lagoon lantern laurel lavender lemon letter library lilac linen lizard lobster lotus lunch
magnet mango maple marble market meadow mirror mitten monkey mosaic muffin museum
napkin nectar needle nickel noodle nutmeg
oasis ocean olive onion orange orbit orchid otter oyster
palace pancake papaya pasta pebble pelican pencil pepper piano
picnic pillow planet plum pocket poem pottery prairie pumpkin puzzle
quartz quilt
rabbit radio raven recipe ribbon river robin rose ruby
saddle salad salmon sandal satin scarf school shell silver sketch slipper
snow sofa sparrow spinach spoon squirrel star stream sugar summer sunset
teapot temple thunder ticket tiger toast tomato tractor trumpet tulip tunnel turtle
umbrella valley vanilla velvet village violin volcano
waffle walnut water whale window winter wool yellow yoga zebra
"""

WORDS: Final = tuple(_LIST.split())
