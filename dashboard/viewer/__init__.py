"""The deep-zoom slide viewer: routes that send tiles, attention and quality masks, and the component that shows them.

known      which slides may be looked at, by ids that tell nothing; known_cases: those of new cases
masks      what covers a slide, as a picture
pixels     an open slide, and its tiles as JPEG
libtiff    tiles that are sent as they are stored
readers    open slides, few at a time
recent     what was sent lately
refusal    what is answered where there is nothing to send
routes     what the browser asks for
mounted    all of it as the server mounts it; light to import
front/     the browser's part; OpenSeadragon lies in it too
component  the Python side of it
"""
